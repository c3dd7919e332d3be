extension RunReport {
  /// The page's template. `{{name}}` is escaped; `{{{name}}}` is markup that the charts made, which escape their texts.
  static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
    <link rel="icon" href="data:,">
    <title>{{title}}</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <main>
    <header>
    <p class="brand">Affect · run report</p>
    <h1>{{title}}</h1>
    <p class="lead">{{summary}}</p>
    <p class="notice {{notice}}"><strong>{{origin}}</strong> {{speech}}</p>
    </header>
    {{#hasFigures}}
    <section aria-label="Headline figures" class="figures">
    {{#figures}}<div class="figure"><span class="what">{{name}}</span><span class="much">{{value}}</span><span class="note">{{note}}</span></div>
    {{/figures}}
    </section>
    {{/hasFigures}}
    {{#evaluation}}
    <section class="card">
    <h2>Which class is taken for which</h2>
    <p class="about">{{on}} {{excluded}}</p>
    <div class="charts">
    <figure><figcaption>Confusion <small>rows: labels · columns: predictions · shade: share of the row</small></figcaption>{{{confusion}}}</figure>
    <figure><figcaption>Per class <small>{{>keys}}</small></figcaption>{{{bars}}}</figure>
    </div>
    <details><summary>The numbers</summary><div class="scroll"><table class="numbers"><thead><tr><th scope="col">Class</th><th scope="col">Precision</th><th scope="col">Recall</th><th scope="col">F1</th><th scope="col">Support</th></tr></thead><tbody>
    {{#rows}}<tr><th scope="row">{{name}}</th><td>{{precision}}</td><td>{{recall}}</td><td>{{f1}}</td><td>{{support}}</td></tr>
    {{/rows}}</tbody></table></div></details>
    </section>
    {{/evaluation}}
    {{#training}}
    <section class="card">
    <h2>How it learned</h2>
    <div class="charts">
    {{#charts}}<figure><figcaption>{{title}} <small>{{#legend}}<span class="key"><svg viewBox="0 0 26 8" aria-hidden="true"><line class="curve l{{style}} d{{style}}" x1="0" y1="4" x2="26" y2="4"/></svg>{{name}}</span> {{/legend}}</small></figcaption>{{{svg}}}</figure>
    {{/charts}}
    </div>
    <details><summary>The numbers</summary><div class="scroll"><table class="numbers"><thead><tr>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead><tbody>
    {{#rows}}<tr>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/rows}}</tbody></table></div></details>
    </section>
    {{/training}}
    {{#hasClips}}
    <section class="card long">
    <h2>What it heard</h2>
    <p class="about">Filled: the class decided on. Underlined: the clip's label.</p>
    <table class="clips"><thead><tr><th scope="col">Clip</th><th scope="col">Label</th><th scope="col">Decision</th><th scope="col">Probabilities</th></tr></thead><tbody>
    {{#clips}}<tr><td class="clip"><span class="file">{{file}}</span>{{#transcript}}<q>{{transcript}}</q>{{/transcript}}</td><td class="said" data-name="Label">{{#label}}{{label}}{{/label}}{{^label}}–{{/label}}</td><td class="said" data-name="Decision">{{decision}}{{#verdict}} <span class="verdict {{verdict}}">{{verdict}}</span>{{/verdict}}</td><td class="bars">{{{bars}}}</td></tr>
    {{/clips}}</tbody></table>
    </section>
    {{/hasClips}}
    {{#hasFacts}}
    <section class="card">
    <h2>What was run</h2>
    <dl>{{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>
    {{/facts}}</dl>
    </section>
    {{/hasFacts}}
    {{#hasNotes}}
    <section class="card">
    <h2>Before you quote a figure</h2>
    <ul>{{#notes}}<li>{{.}}</li>
    {{/notes}}</ul>
    </section>
    {{/hasNotes}}
    {{#command}}
    <section class="card">
    <h2>To run it again</h2>
    <pre><code>{{command}}</code></pre>
    </section>
    {{/command}}
    </main>
    </body>
    </html>

    """
    .replacing(
      "{{>keys}}",
      with: """
        <span class="key"><svg viewBox="0 0 26 8" aria-hidden="true"><rect class="f0" width="26" height="8" rx="2"/></svg>F1</span> \
        <span class="key"><svg class="mark" viewBox="0 0 10 8" aria-hidden="true"><line class="precision l1" x1="5" y1="-2" x2="5" y2="10"/></svg>precision</span> \
        <span class="key"><svg class="mark" viewBox="0 0 10 8" aria-hidden="true"><circle class="f2" cx="5" cy="4" r="4.5"/></svg>recall</span>
        """)
}

extension Page {
  /// The page's template. `{{name}}` is escaped; `{{{name}}}` is markup that the charts made, which escape their texts.
  /// The policy lets nothing be fetched: styles, the script and media are in the page itself.
  static let template = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; media-src data:; base-uri 'none'; form-action 'none'">
    <link rel="icon" href="data:,">
    <title>{{title}}</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <a class="skip" href="#content">To the content</a>
    <main id="content">
    <header>
    <div class="bar"><p class="brand">{{brand}}</p><button type="button" class="theme" id="theme" hidden>Dark</button></div>
    <h1>{{title}}</h1>
    <p class="lead">{{summary}}</p>
    {{#notice}}<p class="notice {{kind}}"><strong>{{strong}}</strong> {{text}}</p>{{/notice}}
    </header>
    {{#hasFigures}}
    <section aria-label="Headline figures" class="figures">
    {{#figures}}<div class="figure"><span class="what">{{name}}</span><span class="much">{{value}}</span><span class="note">{{note}}</span></div>
    {{/figures}}
    </section>
    {{/hasFigures}}
    {{#hasContents}}
    <nav aria-label="Contents"><ul>{{#contents}}<li><a href="#{{id}}">{{title}}</a></li>{{/contents}}</ul></nav>
    {{/hasContents}}
    {{#sections}}
    <section class="card{{long}}" id="{{id}}">
    <h2>{{title}}</h2>
    {{#hasAbout}}<p class="about">{{about}}</p>{{/hasAbout}}
    {{#hasCharts}}
    <div class="charts{{wide}}">
    {{#charts}}<figure data-name="{{name}}"><figcaption><span>{{title}}</span><small>{{note}} {{#legend}}<span class="key"><svg viewBox="0 0 26 8" aria-hidden="true"><line class="curve l{{style}} d{{style}}" x1="0" y1="4" x2="26" y2="4"/></svg>{{name}}</span> {{/legend}}</small></figcaption>{{{svg}}}</figure>
    {{/charts}}
    </div>
    {{/hasCharts}}
    {{#tables}}
    <details{{open}}><summary>{{title}}</summary>{{#hasNote}}<p class="about">{{note}}</p>{{/hasNote}}<div class="scroll" tabindex="0" role="region" aria-label="{{title}}"><table class="numbers" data-name="{{name}}"><thead><tr>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead><tbody>
    {{#rows}}<tr><th scope="row">{{head}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/rows}}</tbody></table></div></details>
    {{/tables}}
    {{#hasClips}}
    <ul class="clips">
    {{#clips}}<li><div class="clip"><span class="file">{{file}}</span>{{#transcript}}<q>{{transcript}}</q>{{/transcript}}<p class="said">{{#label}}labelled <b>{{label}}</b>, {{/label}}taken for <b>{{decision}}</b>{{#verdict}} <span class="verdict {{verdict}}">{{verdict}}</span>{{/verdict}}</p>{{#note}}<p class="small">{{note}}</p>{{/note}}</div><div class="bars">{{{bars}}}</div>{{#hasSound}}<div class="sound">{{{spectrogram}}}{{#audio}}<audio controls preload="none" src="{{audio}}" aria-label="{{file}}"></audio>{{/audio}}</div>{{/hasSound}}</li>
    {{/clips}}</ul>
    {{/hasClips}}
    {{#hasFacts}}
    <dl>{{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>
    {{/facts}}</dl>
    {{/hasFacts}}
    {{#hasNotes}}
    <ul class="notes">{{#notes}}<li>{{.}}</li>
    {{/notes}}</ul>
    {{/hasNotes}}
    {{#command}}
    <pre tabindex="0"><code>{{command}}</code></pre>
    {{/command}}
    </section>
    {{/sections}}
    </main>
    <script>{{{script}}}</script>
    </body>
    </html>

    """

  /// Buttons to save each chart as SVG and each table as CSV, and the choice of light or dark. Without it the page says the
  /// same.
  static let script = """
    (function(){
    var root=document.documentElement,theme=document.getElementById('theme');
    function dark(){return root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme:dark)').matches}
    function say(){theme.textContent=dark()?'Light':'Dark';theme.setAttribute('aria-label','Show the page '+(dark()?'light':'dark'))}
    theme.hidden=false;say();
    theme.addEventListener('click',function(){root.dataset.theme=dark()?'light':'dark';say()});
    matchMedia('(prefers-color-scheme:dark)').addEventListener('change',say);
    function save(name,type,text){var a=document.createElement('a');a.href=URL.createObjectURL(new Blob([text],{type:type}));a.download=name;a.click();setTimeout(function(){URL.revokeObjectURL(a.href)},1000)}
    function button(place,text,label,run){var b=document.createElement('button');b.type='button';b.className='save';b.textContent=text;b.setAttribute('aria-label',label);b.addEventListener('click',run);place.appendChild(b)}
    var css='';[].forEach.call(document.styleSheets[0].cssRules,function(r){if(!r.media||r.conditionText===undefined)css+=r.cssText});
    document.querySelectorAll('figure[data-name]').forEach(function(f){var svg=f.querySelector(':scope>svg'),title=f.querySelector('figcaption>span').textContent;if(!svg)return;
    button(f.querySelector('figcaption'),'SVG','Save '+title+' as SVG',function(){var c=svg.cloneNode(true),b=svg.viewBox.baseVal,s=document.createElementNS('http://www.w3.org/2000/svg','style');c.setAttribute('xmlns','http://www.w3.org/2000/svg');c.setAttribute('width',b.width);c.setAttribute('height',b.height);s.textContent=css+'svg{background:var(--surface);font-family:system-ui,sans-serif}';c.insertBefore(s,c.firstChild);save(f.dataset.name+'.svg','image/svg+xml',c.outerHTML)})});
    document.querySelectorAll('table[data-name]').forEach(function(t){
    button(t.closest('details'),'CSV','Save '+t.dataset.name+' as CSV',function(){save(t.dataset.name+'.csv','text/csv',[].map.call(t.rows,function(r){return[].map.call(r.cells,function(c){var v=c.textContent;return/[",\\n]/.test(v)?'"'+v.replace(/"/g,'""')+'"':v}).join(',')}).join('\\n')+'\\n')})});
    addEventListener('beforeprint',function(){document.querySelectorAll('details').forEach(function(d){d.dataset.was=d.open?'1':''})});
    })();
    """
}

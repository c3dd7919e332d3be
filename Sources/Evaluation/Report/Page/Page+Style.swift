extension Page {
  /// The page's style: light, dark where the reader's system is or the reader chose so, and always light on paper.
  static let style =
    Palette.light.css + "@media screen and (prefers-color-scheme:dark){"
    + Palette.dark.css(":root:not([data-theme=light])")
    + "}@media screen{" + Palette.dark.css(":root[data-theme=dark]") + "}" + layout + Palette.chartCSS + charts

  private static let layout = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
    body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;print-color-adjust:exact;-webkit-print-color-adjust:exact}
    main{max-width:1180px;margin:0 auto;padding:32px 24px 72px}
    :focus-visible{outline:3px solid var(--s0);outline-offset:2px;border-radius:4px}
    .skip{position:absolute;left:12px;top:-60px;padding:8px 14px;background:var(--surface);color:var(--s0);border-radius:8px;z-index:2}
    .skip:focus{top:12px}
    header{margin-bottom:30px}
    .bar{display:flex;justify-content:space-between;align-items:center;gap:16px;margin-bottom:10px}
    .brand{margin:0;font-size:13px;font-weight:600;letter-spacing:.07em;text-transform:uppercase;color:var(--s0)}
    button{font:inherit;font-size:13px;line-height:1.3;color:var(--ink);background:var(--surface);border:1px solid var(--edge);border-radius:99px;padding:5px 14px;cursor:pointer}
    button:hover{border-color:var(--s0);color:var(--s0)}
    .save{padding:2px 10px;font-size:12px}
    figcaption .save{position:absolute;right:0;top:0}
    details .save{margin-top:8px}details:not([open]) .save{display:none}
    h1{margin:0;font-size:clamp(27px,4.4vw,42px);line-height:1.14;letter-spacing:-.02em;font-weight:700;overflow-wrap:anywhere;text-wrap:balance}
    h2{margin:0 0 4px;font-size:21px;line-height:1.3;letter-spacing:-.01em}
    .lead{margin:12px 0 0;font-size:18px;max-width:46em;color:var(--muted);overflow-wrap:anywhere;text-wrap:pretty}
    .notice{margin:20px 0 0;padding:12px 16px;border-radius:10px;background:var(--surface);border:1px solid var(--line);overflow-wrap:anywhere}
    .notice.synthetic{background:var(--notice);color:var(--notice-ink);border-color:transparent}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(158px,1fr));gap:12px;margin-bottom:20px}
    .figure,.card{background:var(--surface);border:1px solid var(--line);border-radius:14px}
    .figure{display:flex;flex-direction:column;padding:14px 16px 13px;min-width:0}
    .what{font-size:14px;font-weight:600;color:var(--muted)}
    .much{font-size:34px;font-weight:700;line-height:1.2;letter-spacing:-.025em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    .figure:first-child .much{color:var(--s0)}
    .note{font-size:13px;line-height:1.45;color:var(--muted);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    nav{margin:0 0 20px}
    nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 20px}
    nav a{display:inline-block;padding:5px 0;color:var(--s0);font-size:14px;text-underline-offset:3px}
    .card{padding:24px 26px 26px;margin-bottom:20px;scroll-margin-top:12px}
    .about{margin:0 0 14px;color:var(--muted);font-size:15px;max-width:62em;overflow-wrap:anywhere;text-wrap:pretty}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:30px 44px;align-items:start}
    figure{margin:12px 0 0;min-width:0}
    figcaption{position:relative;margin-bottom:12px;padding-right:64px;font-weight:600;line-height:1.4;overflow-wrap:anywhere}
    figcaption small{display:block;font-weight:400;font-size:13px;color:var(--muted)}
    figure>svg{display:block;width:100%;max-width:560px;height:auto;overflow:visible}
    .key{display:inline-block;white-space:nowrap;margin-right:12px}
    .key svg{width:26px;height:8px;margin-right:6px;overflow:visible}.key svg.mark{width:10px}
    details{margin-top:16px;border-top:1px solid var(--line);padding-top:8px}
    summary{cursor:pointer;font-size:14px;color:var(--s0);padding:6px 0;width:fit-content}
    .scroll{overflow-x:auto;max-width:100%}
    table{border-collapse:collapse;width:100%;font-size:14.5px}
    th,td{text-align:left;padding:7px 16px 7px 0;border-bottom:1px solid var(--line);vertical-align:baseline}
    thead th{font-size:13px;color:var(--muted);font-weight:600}
    tbody tr:last-child>*{border-bottom:0}
    .numbers{width:auto;min-width:min(100%,420px);font-variant-numeric:tabular-nums}
    .numbers td,.numbers thead th:not(:first-child){text-align:right;white-space:nowrap}
    .numbers tbody th{font-weight:400;min-width:7em}
    .clips{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:0 44px}
    .clips li{display:grid;grid-template-columns:1fr minmax(0,236px);gap:10px 20px;padding:18px 0;border-top:1px solid var(--line);align-items:start;margin:0}
    .clip{min-width:0;overflow-wrap:anywhere}
    .file{font-weight:600}
    .clip q{display:block;color:var(--muted)}
    .clip p{margin:4px 0 0}
    .small{font-size:13px;color:var(--muted)}
    .bars svg{display:block;width:100%;max-width:236px;height:auto}
    .sound{grid-column:1/-1;min-width:0}
    .sound svg{display:block;width:100%;height:auto}
    audio{display:block;width:100%;height:40px;margin-top:8px}
    .verdict{display:inline-block;margin-left:4px;padding:0 8px;border-radius:99px;font-size:13px;border:1.5px solid;white-space:nowrap}
    .right{color:var(--s2)}.wrong{color:var(--s1)}
    dl{margin:8px 0 0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,260px),1fr));gap:14px 32px}
    dt{font-size:13px;color:var(--muted)}
    dd{margin:0;overflow-wrap:anywhere}
    .notes{margin:8px 0 0;padding-left:20px;max-width:62em}.notes li{margin:5px 0;overflow-wrap:anywhere}
    pre{margin:10px 0 0;padding:12px 14px;border-radius:8px;background:var(--page);overflow-x:auto;font-size:14px}
    @media (max-width:640px){
    main{padding:20px 14px 40px}
    .card{padding:18px 16px 20px;border-radius:12px}
    .figures{grid-template-columns:1fr 1fr}
    .figure:last-child:nth-child(odd){grid-column:1/-1}
    .much{font-size:28px}
    .clips li{grid-template-columns:1fr}
    .bars svg{max-width:300px}
    }
    @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
    @media print{
    @page{margin:14mm}
    body{background:none;font-size:10.5pt}
    main{max-width:none;padding:0}
    nav,button,audio,.skip{display:none!important}
    .charts{grid-template-columns:1fr 1fr;gap:16px 24px}.charts.one{grid-template-columns:1fr}
    .figure,figure,.clips li,dl>div,.notice,tr{break-inside:avoid}
    h2,.about,thead,summary{break-after:avoid}
    .figures{grid-template-columns:repeat(auto-fit,minmax(108px,1fr))}
    .figure{padding:10px 12px}.much{font-size:24px}
    header{margin-bottom:14px}h1{font-size:22pt}.lead{font-size:12pt}.about{font-size:10pt}
    .card{padding:14px 18px;margin-bottom:12px}
    details:not([open]){display:none}
    .scroll{overflow:visible}
    .numbers{min-width:0;font-size:9pt}th,td{padding:4px 9px 4px 0}.numbers td,.numbers thead th:not(:first-child){white-space:normal}
    pre{white-space:pre-wrap;border:1px solid var(--line)}
    }
    """

  /// What drawings share, in the page and as files.
  static let charts = """
    svg text{font-family:inherit;fill:var(--ink);font-size:12px;font-variant-numeric:tabular-nums}
    svg .tick,svg .small{fill:var(--muted);font-size:11px}
    svg .value,text.mark{font-weight:600}
    text.mark{paint-order:stroke;stroke:var(--surface);stroke-width:4px;stroke-linejoin:round}
    .grid{stroke:var(--line);stroke-width:1}
    .axis{stroke:var(--muted);stroke-width:1}
    .stage{stroke:var(--muted);stroke-width:1;stroke-dasharray:3 3}
    .ideal{stroke:var(--muted);stroke-width:1;stroke-dasharray:4 4;fill:none}
    .curve{stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round;fill:none}
    .d1{stroke-dasharray:7 4}.d2{stroke-dasharray:2 4}.d3{stroke-dasharray:9 3 2 3}
    .best{stroke-width:2}
    .whisker{stroke:var(--ink);stroke-width:1.75}
    .precision{stroke-width:3}
    .recall{stroke:var(--surface);stroke-width:1.5}
    .truth{stroke-width:2.5}
    .track{fill:var(--h0)}.faint{fill:var(--muted);opacity:.55}
    .dot{opacity:.5}
    """
}

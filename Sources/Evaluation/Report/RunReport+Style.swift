extension RunReport {
  /// The page's style: light, dark where the reader's system is, and always light on paper.
  static let style =
    Palette.light.css + "@media screen and (prefers-color-scheme:dark){" + Palette.dark.css + "}" + layout
    + Palette.chartCSS

  private static let layout = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;print-color-adjust:exact;-webkit-print-color-adjust:exact}
    main{max-width:1080px;margin:0 auto;padding:40px 20px 64px}
    header{margin-bottom:28px}
    .brand{margin:0 0 6px;font-size:13px;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--s0)}
    h1{margin:0;font-size:clamp(26px,4.5vw,38px);line-height:1.15;letter-spacing:-.015em;overflow-wrap:anywhere}
    h2{margin:0 0 4px;font-size:20px;line-height:1.3;letter-spacing:-.01em}
    .lead{margin:10px 0 0;font-size:18px;max-width:44em;color:var(--muted);overflow-wrap:anywhere}
    .notice{margin:20px 0 0;padding:12px 16px;border-radius:10px;background:var(--surface);border:1px solid var(--line);overflow-wrap:anywhere}
    .notice.synthetic{background:var(--notice);color:var(--notice-ink);border-color:transparent}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-bottom:20px}
    .figure,.card{background:var(--surface);border:1px solid var(--line);border-radius:14px}
    .figure{display:flex;flex-direction:column;padding:14px 16px}
    .what{font-size:14px;font-weight:600;color:var(--muted)}
    .much{font-size:34px;font-weight:700;line-height:1.2;letter-spacing:-.02em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    .figure:first-child .much{color:var(--s0)}
    .note{font-size:13px;line-height:1.4;color:var(--muted)}
    .card{padding:22px 24px;margin-bottom:20px}
    .about{margin:0 0 12px;color:var(--muted);font-size:15px;max-width:60em;overflow-wrap:anywhere}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:24px 36px;align-items:start}
    figure{margin:10px 0 0;min-width:0}
    figcaption{margin-bottom:10px;font-weight:600}
    figcaption small{display:block;font-weight:400;font-size:13px;color:var(--muted)}
    figure>svg{display:block;width:100%;max-width:500px;height:auto;overflow:visible}
    .key{display:inline-block;white-space:nowrap;margin-right:12px}
    .key svg{width:26px;height:8px;margin-right:6px;overflow:visible}.key svg.mark{width:10px}
    svg text{font-family:inherit;fill:var(--ink);font-size:12px;font-variant-numeric:tabular-nums}
    svg .tick,svg .small{fill:var(--muted);font-size:11px}
    svg .value,text.mark{font-weight:600}
    text.mark{paint-order:stroke;stroke:var(--surface);stroke-width:4px;stroke-linejoin:round}
    .grid{stroke:var(--line);stroke-width:1}
    .stage{stroke:var(--muted);stroke-width:1;stroke-dasharray:3 3}
    .curve{stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}
    .d1{stroke-dasharray:7 4}.d2{stroke-dasharray:2 4}.d3{stroke-dasharray:9 3 2 3}
    .best{stroke-width:2}
    .precision{stroke-width:3}
    .recall{stroke:var(--surface);stroke-width:1.5}
    .truth{stroke-width:2.5}
    .track{fill:var(--h0)}.faint{fill:var(--muted);opacity:.55}
    details{margin-top:14px}
    summary{cursor:pointer;font-size:14px;color:var(--muted);padding:6px 0}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%;font-size:15px}
    th,td{text-align:left;padding:8px 14px 8px 0;border-bottom:1px solid var(--line);vertical-align:middle}
    thead th{font-size:13px;color:var(--muted);font-weight:600}
    tbody tr:last-child>*{border-bottom:0}
    .numbers{width:auto;min-width:50%;font-variant-numeric:tabular-nums}
    .numbers td,.numbers th:not(:first-child){text-align:right}
    .numbers tbody th{font-weight:400}
    .clip{width:42%;overflow-wrap:anywhere}
    .file{font-weight:600}
    .clip q{display:block;color:var(--muted)}
    .bars svg{display:block;width:232px;max-width:100%;height:auto}
    .verdict{display:inline-block;margin-left:4px;padding:0 8px;border-radius:99px;font-size:13px;border:1.5px solid;white-space:nowrap}
    .right{color:var(--s2)}.wrong{color:var(--s1)}
    dl{margin:8px 0 0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,290px),1fr));gap:12px 32px}
    dt{font-size:13px;color:var(--muted)}
    dd{margin:0;overflow-wrap:anywhere}
    ul{margin:8px 0 0;padding-left:20px}li{margin:4px 0;overflow-wrap:anywhere}
    pre{margin:10px 0 0;padding:12px 14px;border-radius:8px;background:var(--page);overflow-x:auto;font-size:14px}
    @media (max-width:640px){
    main{padding:24px 14px 40px}
    .card{padding:18px 16px;border-radius:12px}
    .figures{grid-template-columns:1fr 1fr}
    .figure:last-child:nth-child(odd){grid-column:1/-1}
    .much{font-size:28px}
    .clips thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .clips,.clips tbody{display:block}
    .clips tr{display:grid;grid-template-columns:1fr 1fr;gap:4px 12px;padding:14px 0;border-bottom:1px solid var(--line)}
    .clips tr:last-child{border-bottom:0}
    .clips td{border:0;padding:0;width:auto}
    .clip,.bars{grid-column:1/-1}
    .said::before{content:attr(data-name);display:block;font-size:13px;color:var(--muted)}
    .bars{margin-top:6px}.bars svg{width:100%;max-width:300px}
    }
    @media print{
    @page{margin:14mm}
    body{background:none;font-size:11pt}
    main{max-width:none;padding:0}
    .charts{grid-template-columns:1fr 1fr}
    .figure,figure,.clips tr,dl>div,.notice,.card:not(.long){break-inside:avoid}
    h2,.about,thead{break-after:avoid}
    .figures{grid-template-columns:repeat(auto-fit,minmax(108px,1fr))}
    .figure{padding:10px 12px}.much{font-size:26px}
    header{margin-bottom:14px}h1{font-size:22pt}.lead{font-size:12pt}.about{font-size:10pt}
    .notice{margin-top:12px;padding:8px 12px}.card{padding:14px 18px;margin-bottom:12px}
    details:not([open]){display:none}
    pre{white-space:pre-wrap;border:1px solid var(--line)}
    }
    """
}

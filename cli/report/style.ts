/** Colours of the light and of the dark page, as text on its ground they have a contrast of 4.5 at the least. */
export const colours = {
  light: {
    ground: '#ffffff',
    raised: '#f3f5f7',
    text: '#1b1f24',
    muted: '#57606a',
    line: '#d0d7de',
    better: '#116329',
    worse: '#b42318',
    inconclusive: '#4b5a6b',
    warning: '#7d4e00',
    harm: '#fbe3e0',
  },
  dark: {
    ground: '#14181d',
    raised: '#1e242b',
    text: '#e6eaee',
    muted: '#a3adb8',
    line: '#3b444e',
    better: '#6fd38b',
    worse: '#ff9287',
    inconclusive: '#a9b8c9',
    warning: '#f0c05a',
    harm: '#43221f',
  },
} as const

const variables = (theme: keyof typeof colours) =>
  Object.entries(colours[theme])
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')

/** The report’s style: on screens as dark as the reader’s, on paper always light. */
export const style = `
:root{${variables('light')};color-scheme:light}
@media screen and (prefers-color-scheme:dark){:root{${variables('dark')};color-scheme:dark}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
th,td{overflow-wrap:normal}
main,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
header{margin:1.5rem 0 1rem}
header p{margin:0;color:var(--muted)}
h1{margin:0;font-size:1.75rem;line-height:1.2}
h2{margin:2rem 0 .5rem;font-size:1.2rem;line-height:1.3}
h3{margin:0;font-size:1rem;line-height:1.4}
small{font-size:.8125rem;font-weight:400;color:var(--muted)}
blockquote{margin:.5rem 0 0;padding-left:.75rem;border-left:3px solid var(--line);color:var(--muted);white-space:pre-line}
ul{margin:.25rem 0;padding-left:1.25rem}
.verdict,.warnings{margin:1rem 0;padding:.75rem 1rem;background:var(--raised);border-left:6px solid var(--inconclusive);border-radius:4px}
.verdict h2,.warnings h2{margin:0}
.verdict h2{font-size:1.35rem}
.verdict.better{border-color:var(--better)}
.verdict.better h2{color:var(--better)}
.verdict.worse,.verdict.invalid{border-color:var(--worse)}
.verdict.worse h2,.verdict.invalid h2{color:var(--worse)}
.warnings{border-color:var(--warning)}
.warnings h2{font-size:1rem;color:var(--warning)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.75rem 1.5rem;margin:1.5rem 0}
dt{font-size:.8125rem;color:var(--muted)}
dd{margin:0}
table{border-collapse:collapse;font-size:.875rem}
caption{padding:.75rem 0 .25rem;text-align:left;font-weight:600}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{color:var(--muted);font-weight:400;vertical-align:bottom}
tbody th{font-weight:600}
th bdi,td bdi{overflow-wrap:anywhere}
.tables{display:flex;flex-wrap:wrap;align-items:flex-start;gap:0 3rem}
table.small{margin-bottom:.5rem}
.small td{white-space:nowrap}
td ul{margin:0;padding:0;list-style:none}
.group{padding:.5rem 0;border-bottom:1px solid var(--line);break-inside:avoid}
.row{display:grid;grid-template-columns:minmax(0,10rem) minmax(0,1fr) 4.75rem 9.25rem 8rem;gap:0 .75rem;align-items:center;min-height:32px;font-size:.875rem}
.axis{min-height:18px}
.axis .strip{grid-column:2;height:18px}
.strip{display:block;width:100%;height:32px;overflow:visible}
.strip.none{height:auto;font-size:.8125rem;color:var(--muted)}
.change{text-align:right}
.interval{color:var(--muted)}
.row em{font-style:normal;font-weight:600;color:var(--tone)}
.branch{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
.better{--tone:var(--better)}
.worse{--tone:var(--worse)}
.inconclusive{--tone:var(--inconclusive)}
svg{overflow:visible}
svg text{font-size:12px;fill:var(--muted);text-anchor:middle}
svg .first{text-anchor:start}
svg .last{text-anchor:end}
svg line,svg path{fill:none;stroke:var(--tone)}
svg .tick{stroke:var(--line)}
svg .zero{stroke:var(--text)}
svg .margin{stroke:var(--worse);stroke-width:2px;stroke-dasharray:4 3}
svg .harm{fill:var(--harm)}
svg line.decides{stroke-width:5px}
svg .decides path{stroke-width:3px}
svg .other{stroke-width:1.5px}
svg .other path{stroke-width:1.5px}
svg .estimate{fill:var(--tone);stroke:var(--tone);stroke-width:2px}
.inconclusive .estimate{fill:var(--ground)}
.reading{max-width:60rem;font-size:.875rem;color:var(--muted)}
.wide{overflow-x:auto}
.metrics{width:100%;font-size:.8125rem}
.metrics td{white-space:nowrap}
.metrics td:last-child{white-space:normal}
.metrics small{font-size:.75rem}
.metrics tbody th[scope=row]{min-width:6rem}
.metrics td small{display:block}
.metrics .metric{padding-top:1rem}
.metrics th small{display:inline}
.metrics .control td{color:var(--muted)}
.metrics b{color:var(--tone)}
footer{margin:2rem auto;font-size:.8125rem;color:var(--muted)}
@media screen and (max-width:50rem){
.row{grid-template-columns:minmax(0,1fr) auto auto;gap:0 .75rem;padding-top:.4rem}
.row .strip{grid-column:1/-1;grid-row:2}
.row .interval{grid-column:1/-1;grid-row:3}
.row em{grid-column:3;grid-row:1}
.axis .strip{grid-row:1}
.facts{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}
.cards,.cards caption,.cards tbody,.cards tr,.cards th,.cards td{display:block}
.cards thead,.cards .rest{display:none}
.cards th,.cards td{border:0;padding:0}
.cards tr{padding:.4rem 0;border-bottom:1px solid var(--line)}
.cards td{display:grid;white-space:normal;grid-template-columns:10.5rem minmax(0,1fr);gap:0 .5rem}
.cards td::before{content:attr(data-title);color:var(--muted)}
.cards td small{grid-column:2}
}
@media print{
@page{margin:12mm}
body{font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main,footer{max-width:none;padding:0}
table.small,table.metrics,.row,.reading,small,.metrics small,dt{font-size:9px}
th,td{padding:.15rem .4rem .15rem 0}
th.metric{padding-top:.5rem}
.metrics tbody th[scope=row]{min-width:3rem}
.metrics td small{white-space:normal}
table.metrics,table.metrics small{font-size:8px}
h1{font-size:20px}
h2{margin-top:1rem}
h2,.verdict h2{font-size:14px}
h3,.warnings h2{font-size:11px}
svg text,.strip.none{font-size:9px}
.row{min-height:26px}
.strip{height:26px}
h2,caption,thead{break-after:avoid}
tr,.metrics tbody,.verdict,.warnings{break-inside:avoid}
.row{grid-template-columns:minmax(0,7rem) minmax(0,1fr) 3.5rem 7rem 5.5rem}
.wide{overflow:visible}
}
`

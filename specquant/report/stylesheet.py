"""The look of the page: one sheet, inside the page, for screen, phone, dark rooms and paper."""

STYLESHEET = """
:root { color-scheme: light dark; --ink:#1f2933; --soft:#5d6773; --line:#dfe3e8; --back:#f6f7f9; --card:#ffffff;
  --accent:#1f5fa8; --good:#1f7a4d; --bad:#b3261e; --note:#fff7e6; --noteline:#e3a63a; }
@media (prefers-color-scheme: dark) { :root { --ink:#e4e8ec; --soft:#9aa5b1; --line:#323a44; --back:#14181d;
  --card:#1c2229; --accent:#7db3ee; --good:#6cc79a; --bad:#f08a80; --note:#2d2617; --noteline:#b98a35; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 0 0 .6rem; overflow-wrap: anywhere; }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .4rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
a { color: var(--accent); }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
.file { overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem 1.4rem;
  margin: 1.1rem 0; }
.scroll { overflow-x: auto; margin: .5rem 0 .9rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
th, td { text-align: left; padding: .28rem 1.1rem .28rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); font-size: .85rem; vertical-align: bottom; }
td.line { white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.element { font-weight: 650; }
td.main { font-weight: 650; }
tr:last-child td { border-bottom: 0; }
figure { margin: .9rem 0 1.2rem; }
figure .sheet { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: .5rem; overflow-x: auto; }
figure img { display: block; width: 100%; height: auto; }
figure.wide img { min-width: 40rem; }
figure.small { max-width: 34rem; }
figcaption { margin-top: .35rem; max-width: 46rem; }
.pair { display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: flex-start; }
.pair > .scroll { flex: 0 1 auto; max-width: 100%; }
.pair > figure { flex: 1 1 20rem; max-width: 27rem; margin: .3rem 0 .8rem; }
td.composition { min-width: 20rem; }
.notes { background: var(--note); border-left: 4px solid var(--noteline); border-radius: 4px; margin: .6rem 0 1rem;
  padding: .5rem .9rem; max-width: 46rem; }
.notes ul { margin: 0; padding-left: 1.1rem; }
.good { color: var(--good); font-weight: 650; white-space: nowrap; }
.bad { color: var(--bad); font-weight: 650; white-space: nowrap; }
code { font: .86em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details > summary { cursor: pointer; color: var(--accent); margin: .5rem 0; }
footer { color: var(--soft); font-size: .85rem; padding-bottom: 2rem; }
@media (max-width: 46rem) { td.composition { min-width: 11rem; } section { padding: 1rem .9rem; }
  main, header, footer { padding-left: .7rem; padding-right: .7rem; } th, td { padding-right: .8rem; } }
@media print { :root { --ink:#000; --soft:#444; --line:#ccc; --back:#fff; --card:#fff; --accent:#000; --good:#0a5a33;
  --bad:#8a1712; --note:#fff; color-scheme: light; } body { font-size: 10.5pt; } section { border: 0; padding: 0; }
  .scroll, figure .sheet { overflow: visible; border: 0; padding: 0; } figure.wide img { min-width: 0; }
  figure, tr, .notes { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""

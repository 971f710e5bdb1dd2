# SPDX-License-Identifier: Apache-2.0
"""The style sheet of every report, light and dark. Written into the page; holds no content."""

STYLE = """\
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --quiet: #5b6570; --line: #e1e5ea;
  --accent: #0072b2; --good: #00795a; --good-ground: #d9f2ea; --bad: #b3400a; --bad-ground:
  #fbe4d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --card: #1c2026; --ink: #e8ebef; --quiet: #98a2ad; --line: #2d333b;
    --accent: #56b4e9; --good: #4cd1a5; --good-ground: #12382d; --bad: #ff9a62;
    --bad-ground: #45230f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 20px 64px; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 8px; }
h2 { font-size: 1.2rem; letter-spacing: -0.01em; margin: 0 0 14px; }
h3 { font-size: 1rem; margin: 0 0 6px; }
p { margin: 0 0 12px; max-width: 75ch; }
.lead { color: var(--quiet); font-size: 1.05rem; }
section { margin-top: 36px; }
.facts {
  display: grid; gap: 12px; margin: 0; grid-template-columns: repeat(auto-fit, minmax(150px,
  1fr));
}
.facts > div {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px
  16px;
}
.facts dt { color: var(--quiet); font-size: 0.82rem; }
.facts dd { margin: 2px 0 0; font-size: 1.15rem; font-weight: 600; overflow-wrap: anywhere; }
p + .scroll, .grid + p { margin-top: 14px; }
.scroll {
  overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius:
  12px;
}
table { width: 100%; border-collapse: collapse; font-size: 0.92rem; }
th, td {
  text-align: left; padding: 9px 14px; border-bottom: 1px solid var(--line); vertical-align:
  top;
}
tbody tr:last-child td { border-bottom: 0; }
th { color: var(--quiet); font-weight: 600; font-size: 0.8rem; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge {
  display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 0.8rem; font-
  weight: 600; white-space: nowrap;
}
.good { color: var(--good); background: var(--good-ground); }
.bad { color: var(--bad); background: var(--bad-ground); }
.chip {
  display: inline-flex; align-items: center; gap: 6px; margin: 0 12px 4px 0; font-size:
  0.88rem; white-space: nowrap;
}
.chip i { width: 11px; height: 11px; border-radius: 3px; }
.grid {
  display: grid; gap: 18px; grid-template-columns: repeat(auto-fill, minmax(min(420px, 100%),
  1fr));
}
.grid + .grid { margin-top: 18px; }
figure {
  margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  overflow: hidden;
}
figure img { display: block; width: 100%; height: auto; }
figcaption { padding: 12px 16px 14px; font-size: 0.92rem; }
figcaption p { margin: 0 0 4px; }
.quiet { color: var(--quiet); }
.said { font-weight: 600; }
details {
  margin-top: 12px; background: var(--card); border: 1px solid var(--line); border-radius:
  12px; padding: 10px 16px;
}
summary { cursor: pointer; font-weight: 600; }
details > :not(summary) { margin-top: 12px; }
pre { overflow-x: auto; font: 0.82rem/1.5 ui-monospace, Menlo, Consolas, monospace; margin: 0; }
svg {
  display: block; width: 100%; height: auto; background: var(--card); border: 1px solid
  var(--line); border-radius: 12px;
}
svg text { fill: var(--quiet); font-size: 12px; font-family: inherit; }
svg .value { fill: var(--ink); font-weight: 600; }
svg .whisker { stroke: var(--ink); stroke-width: 1.5; fill: none; opacity: 0.75; }
svg .axis { stroke: var(--line); stroke-width: 1; }
"""

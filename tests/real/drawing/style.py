"""How drawn boards look: dark, as Grafana is when nobody changes it."""

STYLE = """
* { box-sizing: border-box; margin: 0; }
body { background: #111217; color: #ccccdc; font: 13px "DejaVu Sans", sans-serif; padding: 12px 16px; width: 1464px; }
header { display: flex; justify-content: space-between; align-items: baseline; padding: 0 2px 10px; }
h1 { font-size: 18px; font-weight: 500; }
main { position: relative; }
section { position: absolute; background: #181b1f; border: 1px solid #2a2d33; padding: 0 8px; overflow: hidden; }
h2 { font-size: 13px; font-weight: 600; line-height: 34px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.no-data { position: absolute; inset: 34px 0 0; display: grid; place-content: center; font-size: 15px; color: #8e8e98; }
svg { display: block; }
.line { fill: none; stroke-width: 1.5; }
.grid { stroke: #2a2d33; }
.step, .mark { stroke-width: 1; }
.tick { fill: #9a9aa5; font-size: 11px; }
.value { text-anchor: end; }
.time { text-anchor: middle; }
.legend { line-height: 22px; font-size: 12px; }
.legend span { display: inline-block; margin-right: 14px; }
.legend i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin-right: 6px;
  vertical-align: middle; }
.tiles { display: flex; gap: 8px; height: calc(100% - 42px); }
.tile { position: relative; flex: 1; display: flex; flex-direction: column; align-items: center;
  justify-content: center; }
.tile strong { font-size: 34px; font-weight: 600; line-height: 1.1; z-index: 1; white-space: nowrap; }
.tile span { font-size: 12px; z-index: 1; opacity: .9; }
.behind { position: absolute; left: 0; bottom: 0; opacity: .35; }
.bars { height: calc(100% - 40px); display: flex; flex-direction: column; justify-content: space-around; }
.bars p { display: grid; grid-template-columns: 210px 1fr 100px; gap: 10px; align-items: center; }
.bars span { text-align: right; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bars b { display: block; background: #22252b; height: 24px; }
.bars b i { display: block; height: 100%; opacity: .8; }
.bars em { white-space: nowrap; font-style: normal; font-size: 16px; font-weight: 600; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th { text-align: left; color: #6e9fff; font-weight: 500; }
th, td { padding: 7px 8px; border-bottom: 1px solid #2a2d33; overflow: hidden; white-space: nowrap; }
"""

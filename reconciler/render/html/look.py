"""STYLE, SCRIPT: how a page of cards looks, and what the keyboard and the filters do. Both are whole and our own.

The page is whole without the script: the script only filters, and goes from card to card.
"""

from __future__ import annotations

from typing import Final

# A drawing in the style is one path in a square of 24, used as a mask, so that it has the colour of the text.
_DRAWINGS: Final = {
    "about": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 15h-2v-6h2zm0-8h-2V7h2z",
    "industry": "M3 3h9l9 9-9 9-9-9zm4.5 3a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z",
    "description": "M4 5h16v2H4zm0 6h16v2H4zm0 6h10v2H4z",
    "address": "M12 2a7 7 0 0 0-7 7c0 5.2 7 13 7 13s7-7.8 7-13a7 7 0 0 0-7-7z"
    "m0 9.5A2.5 2.5 0 1 1 12 6.5a2.5 2.5 0 0 1 0 5z",
    "email": "M3 5h18v14H3zm9 7.5L5 8v2l7 4.500L19 10V8z",
    "websites": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1 17.9A8 8 0 0 1 4.2 10.2L9 15v1a2 2 0 0 0 2 2z"
    "m6.900-2.5A2 2 0 0 0 16 16h-1v-3a1 1 0 0 0-1-1H8v-2h2a1 1 0 0 0 1-1V7h2a2 2 0 0 0 2-2v-.4a8 8 0 0 1 2.900 12.8z",
}
_SHOP: Final = "M4 4h16v2H4zm-1 4h18l1 5v2h-1v6h-2v-6h-5v6H4v-6H2v-2zm3 7v4h6v-4z"


def _mask(path: str) -> str:
    svg = "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
    return f"url(\"data:image/svg+xml,{svg}%3Cpath fill-rule='evenodd' d='{path}'/%3E%3C/svg%3E\")"


_BASE: Final = """
:root{color-scheme:light dark;--bg:#eef1f3;--page:#fff;--ink:#111b21;--soft:#54626c;--line:#dbe1e5;--add:#c9f2d4;
--addink:#064d1d;--del:#ffdcd7;--delink:#861407;--chip:#e9eef1;--warn:#fff3d1;--warnink:#5c4000;--warnline:#e7c766;
--card:#fff;--row:#fdf4f2;--rownew:#f0faf3;--rowheld:#fdf8ea;--head1:#0a7566;--head2:#075248;--shop:#8fa3ad;--face:#dfe7eb;--focus:#0b57d0;
--shade:0 1px 2px #0b141a14,0 4px 14px #0b141a0f}
@media (prefers-color-scheme:dark){:root{--bg:#0b1014;--page:#141b20;--ink:#e9edef;--soft:#9fb0ba;--line:#2a363e;
--add:#0f3d23;--addink:#a3efba;--del:#4d1b16;--delink:#ffb9b0;--chip:#233038;--warn:#33290d;--warnink:#ffe19a;
--warnline:#6a5518;--card:#0f161b;--row:#241614;--rownew:#10231a;--rowheld:#231f12;--head1:#0b5c51;--head2:#083f38;--shop:#7d919c;--face:#26343c;
--focus:#8ab4f8;--shade:none}}
*{box-sizing:border-box}
html{scroll-padding-top:84px}
body{margin:0;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
background:var(--bg);color:var(--ink);overflow-wrap:anywhere}
h1,h2,h3,p,figure,dl,dd,ul{margin:0}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:28px;padding-bottom:14px}
h1{font-size:24px;line-height:1.25;letter-spacing:-.01em}
header p{color:var(--soft);margin-top:4px}
code{font:.9em ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;background:var(--chip);border-radius:5px;
padding:1px 5px}
a{color:inherit}
.bar{position:sticky;top:0;z-index:2;background:var(--page);border-block:1px solid var(--line)}
.bar form{max-width:1120px;margin:0 auto;padding:10px 20px;display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.bar input,.bar select{font:inherit;font-size:14px;min-height:36px;padding:5px 10px;border:1px solid var(--line);
border-radius:9px;background:var(--page);color:inherit;max-width:100%}
.bar input{flex:1 1 200px}.bar select{flex:0 1 auto}
.bar output{color:var(--soft);font-size:14px;min-width:8em;text-align:right}
main{padding-bottom:40px}
h2{font-size:17px;margin:26px 0 12px}
.box{background:var(--page);border:1px solid var(--line);border-radius:14px;padding:12px 16px;margin-top:14px}
.box p+p,.box ul{margin-top:4px}.box ul{padding-left:20px}
.gate,.problem{background:var(--warn);color:var(--warnink);border-color:var(--warnline)}
.gate code,.problem code{background:#0000000f}
article{background:var(--page);border:1px solid var(--line);border-radius:18px;padding:20px;margin-bottom:18px;
box-shadow:var(--shade);content-visibility:auto;contain-intrinsic-size:auto 720px}
h3{font-size:18px;line-height:1.3}
article>p{color:var(--soft);margin:2px 0 16px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:22px}
figcaption{font-weight:600;font-size:13px;color:var(--soft);margin-bottom:8px}
.card{border:1px solid var(--line);border-radius:20px;overflow:hidden;background:var(--card);height:calc(100% - 28px)}
.card::before{content:"";display:block;height:76px;background:linear-gradient(160deg,var(--head1),var(--head2))}
.face{width:104px;height:104px;border-radius:50%;border:4px solid var(--card);margin:-56px auto 0;
background:var(--face) center/cover no-repeat;display:grid;place-items:center;position:relative;
print-color-adjust:exact}
.face.none::after{content:"";width:48px;height:48px;background:var(--shop);-webkit-mask:SHOP center/contain no-repeat;
mask:SHOP center/contain no-repeat}
.face.new{outline:3px solid #1f9d55;outline-offset:2px}
.face.old{outline:3px dashed #d0483a;outline-offset:2px}
.face.other{outline:3px dotted #d29922;outline-offset:2px}
.card h4{margin:10px 16px 0;text-align:center;font-size:19px;line-height:1.25;font-weight:600}
.card h4 small{display:block;font-size:15px;font-weight:400}
.card h4::after{content:"Business account";display:block;font-size:14px;font-weight:400;color:var(--soft)}
.pic{text-align:center;color:var(--soft);font-size:14px;margin:0 16px}
.pic{margin-top:6px}
dl{padding:12px 0 14px}
.row{position:relative;padding:7px 18px 7px 52px}
.row::before{content:"";position:absolute;left:19px;top:11px;width:18px;height:18px;background:var(--soft);
-webkit-mask:center/contain no-repeat;mask:center/contain no-repeat}
.row.chg{background:var(--row)}
.row.chg::after{content:"";position:absolute;left:0;top:0;bottom:0;width:3px;background:#d0483a}
.after .row.chg{background:var(--rownew)}.after .row.chg::after{background:#1f9d55}
.card .row.chg.held{background:var(--rowheld)}.card .row.chg.held::after{background:#d29922}
dt{color:var(--soft);font-size:12.5px}
h3,dd{unicode-bidi:plaintext;text-align:start}
dd small,td small{color:var(--soft);display:block;font-size:13px}
em{color:var(--soft)}
ins,del,mark{border-radius:4px;padding:0 2px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
ins{background:var(--add);color:var(--addink);text-decoration:none;font-weight:500}
del{background:var(--del);color:var(--delink);text-decoration-thickness:1px}
mark{background:var(--warn);color:var(--warnink)}
ins::before,del::before{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
ins::before{content:" new: "}del::before{content:" goes: "}
.why{width:100%;border-collapse:collapse;margin-top:18px;font-size:14px}
.why th{text-align:left;font-weight:600;color:var(--soft);font-size:13px}
.why td,.why th{padding:7px 12px 7px 0;vertical-align:top;border-top:1px solid var(--line)}
.why tr:first-child th{border-top:0}
.why td:first-child{white-space:nowrap;font-weight:500}
.chip{display:inline-block;background:var(--chip);border-radius:999px;padding:1px 10px;font-size:13px}
.chip.held{background:var(--warn);color:var(--warnink)}
footer{color:var(--soft);font-size:14px;padding-bottom:40px}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
[hidden]{display:none!important}
@media (max-width:720px){header,main,footer{padding-left:14px;padding-right:14px}header{padding-top:18px}
h1{font-size:20px}.bar{position:static}.bar form{padding:10px 14px}.bar select{flex:1 1 40%}
html{scroll-padding-top:8px}article{padding:14px;border-radius:16px;contain-intrinsic-size:auto 1300px}
.pair{grid-template-columns:1fr;gap:16px}.card{height:auto}
.why,.why tbody,.why tr,.why td{display:block}.why thead{position:absolute;clip-path:inset(50%)}
.why tr{border-top:1px solid var(--line);padding:8px 0}.why td,.why th{border:0;padding:1px 0}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{.bar{display:none}article{content-visibility:visible;break-inside:avoid;box-shadow:none}}
"""

STYLE: Final = _BASE.replace("SHOP", _mask(_SHOP)) + "".join(
    f".f-{name}::before{{-webkit-mask-image:{_mask(path)};mask-image:{_mask(path)}}}\n"
    for name, path in _DRAWINGS.items()
)

SCRIPT: Final = """
"use strict";
(() => {
  const bar = document.querySelector(".bar"), form = bar.querySelector("form"), search = form.elements.search;
  const cards = [...document.querySelectorAll("article")], sections = [...document.querySelectorAll("section.cards")];
  const said = form.querySelector("output"), kinds = ["account", "folder", "why", "field"];
  const texts = new Map();
  const text = card => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };
  // A card has one account and one folder, and a list of reasons and of fields.
  const has = (card, kind) => {
    const wanted = form.elements[kind].value, has = card.dataset[kind];
    return !wanted || has === wanted || (kind !== "folder" && has.split(" ").includes(wanted));
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const card of cards) {
      const fits = kinds.every(kind => has(card, kind)) && words.every(word => text(card).includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    for (const section of sections) section.hidden = !section.querySelector("article:not([hidden])");
    const all = cards.length.toLocaleString("en"), some = shown.toLocaleString("en");
    said.textContent = shown === cards.length ? `${all} profile${cards.length === 1 ? "" : "s"}` : `${some} of ${all}`;
  };
  const go = step => {
    const shown = cards.filter(card => !card.hidden);
    const at = shown.indexOf(document.activeElement.closest("article"));
    const next = shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step];
    if (!next) return;
    next.focus({preventScroll: true});
    next.scrollIntoView({block: "start"});
  };
  const keys = {j: () => go(1), k: () => go(-1), "/": () => { search.focus(); search.select(); }};
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && document.activeElement === search) {
      search.value = "";
      filter();
      search.blur();
    }
    if (event.target.closest("input, select, textarea") || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  bar.hidden = false;
  // A browser fills in what was typed before the page was loaded again.
  filter();
})();
"""

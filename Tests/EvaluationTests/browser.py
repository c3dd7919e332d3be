"""Opens pages in headless Chromium over its DevTools protocol and looks for faults. Prints what it found as JSON.

browser.py CHROMIUM SCREENSHOTS PAGE...
"""
import base64, json, pathlib, sys
from devtools import LOOK, Chromium, faults

browser, shots, pages = sys.argv[1], pathlib.Path(sys.argv[2]), [pathlib.Path(p) for p in sys.argv[3:]]
shots.mkdir(parents=True, exist_ok=True)
problems, checks = [], 0

CONTROLS = "[...document.querySelectorAll('a[href],button,summary,audio[controls],[tabindex=\"0\"]')].filter(e => e.checkVisibility({visibilityProperty: true})).length"


def look(tab, where):
    global checks
    found = tab.run(LOOK)
    checks += found["checks"]
    problems.extend(f"{where}: {problem}" for problem in found["problems"])


def events(tab, page, where):
    own = page.resolve().as_uri()
    problems.extend(f"{where}: {fault}" for fault in faults(tab, lambda url: url.split("#")[0] == own))


def keyboard(tab, where):
    global checks
    wanted = tab.run(CONTROLS)
    tab.run("document.activeElement.blur(); scrollTo(0, 0); window.seen = new Set()")
    for _ in range(wanted * 3 + 20):
        tab.press("Tab", 9)
        state = tab.run(
            "(() => {const e = document.activeElement; if (!e || e === document.body) return 'none';"
            "const s = getComputedStyle(e), r = e.getBoundingClientRect(); const was = seen.has(e); seen.add(e);"
            "if (e.matches(':focus-visible') && e.tagName !== 'AUDIO' && s.outlineStyle === 'none') return 'no outline on ' + e.textContent.slice(0, 30);"
            "return was && e.tagName !== 'AUDIO' && seen.size > 3 ? 'again' : 'ok'})()")
        if state.startswith("no outline"):
            problems.append(f"{where}: {state}")
        if state in ("none", "again"):
            break
    reached = tab.run(
        "[...document.querySelectorAll('a[href],button,summary,audio[controls],[tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility({visibilityProperty: true}) && !seen.has(e)).map(e => e.tagName + ' ' + (e.textContent || '').slice(0, 30))")
    checks += wanted
    problems.extend(f"{where}: the keyboard does not reach {e}" for e in reached)


with Chromium(browser) as tab:
    for page in pages:
        for width in (390, 1280, 1920):
            for dark in (False, True):
                where = f"{page.stem}, {width} pixels, {'dark' if dark else 'light'}"
                tab.window(width, dark)
                tab.open(page)
                # What is folded must hold too.
                tab.run("document.querySelectorAll('details').forEach(d => d.open = true)")
                look(tab, where)
                if dark == (width == 1920):
                    tab.picture(shots / f"{page.stem}-{width}-{'dark' if dark else 'light'}.png")
                events(tab, page, where)
        # The choice of light or dark, by keyboard and against the system's.
        tab.window(1280, False)
        tab.open(page)
        tab.run("document.getElementById('theme').focus()")
        tab.press("Enter", 13)
        tab.run("document.getElementById('theme').click()")
        if tab.run("document.documentElement.dataset.theme") != "dark":
            problems.append(f"{page.stem}: the button does not make the page dark")
        look(tab, f"{page.stem}, dark by choice")
        # A fresh page: the keyboard begins at its top.
        tab.open(page)
        keyboard(tab, page.stem)
        saved = tab.run("(() => {let n = 0; const make = URL.createObjectURL; URL.createObjectURL = b => {if (b.size > 50) n++; return make(b)};"
                        "document.querySelectorAll('details').forEach(d => d.open = true);"
                        "HTMLAnchorElement.prototype.click = function () {}; const all = document.querySelectorAll('.save'); all.forEach(b => b.click()); return [n, all.length]})()")
        if saved[0] != saved[1] or saved[1] == 0:
            problems.append(f"{page.stem}: {saved[0]} of {saved[1]} buttons save something")
        events(tab, page, page.stem)
        tab.window(794, None, media="print")
        tab.open(page)
        look(tab, f"{page.stem} on paper")
        tab.picture(shots / f"{page.stem}-print.png")
        paper = base64.b64decode(tab.call("Page.printToPDF", printBackground=True)["data"])
        (shots / f"{page.stem}.pdf").write_bytes(paper)
        if len(paper) < 10_000:
            problems.append(f"{page.stem}: nothing is printed")
        events(tab, page, f"{page.stem} on paper")
print(json.dumps(dict(checks=checks, problems=list(dict.fromkeys(problems))[:60])))

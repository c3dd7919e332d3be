"""Opens pages in headless Chromium over its DevTools protocol and looks for faults. Prints what it found as JSON.

browser.py CHROMIUM SCREENSHOTS PAGE...
"""
import base64, json, os, pathlib, subprocess, sys, tempfile, time, urllib.request
import websocket

browser, shots, pages = sys.argv[1], pathlib.Path(sys.argv[2]), [pathlib.Path(p) for p in sys.argv[3:]]
shots.mkdir(parents=True, exist_ok=True)
problems, checks = [], 0

LOOK = r"""
(() => {
  const problems = []; let checks = 0;
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  checks++; if (wide > 0) problems.push(`the page is ${wide} pixels wider than the window`);
  const rgb = s => { const m = s.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m.slice(0, 3), 1] : m };
  const lum = c => { const f = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }; return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]) };
  const contrast = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05) };
  const shown = e => e.checkVisibility ? e.checkVisibility({opacityProperty: true, visibilityProperty: true}) : true;
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c } return [255, 255, 255, 1] };
  const name = e => (e.textContent || '').trim().slice(0, 40);
  // Contrast and cut text of HTML.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boxes = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement;
    if (!node.textContent.trim() || !e || ['SCRIPT', 'STYLE', 'TITLE'].includes(e.tagName) || !shown(e)) continue;
    const style = getComputedStyle(e), svg = e.closest('svg');
    const range = document.createRange(); range.selectNodeContents(node);
    const r = range.getBoundingClientRect();
    if (r.width === 0 || r.bottom < 0 && r.top < -50) continue;
    if (e.closest('.skip')) continue;
    checks++;
    if (svg) {
      let under = behind(svg);
      if (e.classList.contains('count')) { const prev = e.previousElementSibling; if (prev) under = rgb(getComputedStyle(prev).fill) }
      const ratio = contrast(rgb(style.fill), under);
      if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)} of "${name(e)}" in ${svg.getAttribute('aria-label')?.slice(0, 30)}`);
      const size = parseFloat(style.fontSize) * (svg.getBoundingClientRect().width / svg.viewBox.baseVal.width);
      if (size < 8.4) problems.push(`text of ${size.toFixed(1)} pixels: "${name(e)}"`);
      // As a file of its own the drawing ends at its box.
      const box = svg.getBoundingClientRect();
      if (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 2 || r.bottom > box.bottom + 2)
        problems.push(`"${name(e)}" leaves its drawing ${svg.getAttribute('aria-label')?.slice(0, 30)}`);
      if (!e.getAttribute('transform') && (r.left < -1 || r.right > innerWidth + 1)) problems.push(`"${name(e)}" leaves the window`);
    } else {
      const ratio = contrast(rgb(style.color), behind(e));
      if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)} of "${name(e)}"`);
      if (!e.closest('.scroll,pre') && (r.right > innerWidth + 1 || r.left < -1)) problems.push(`"${name(e)}" leaves the window`);
      for (let p = e; p && p !== document.body; p = p.parentElement) {
        const s = getComputedStyle(p);
        if (['hidden', 'clip'].includes(s.overflowX) && p.scrollWidth > p.clientWidth + 1) problems.push(`"${name(e)}" is cut`);
      }
    }
    // The rectangles of a range do not turn with the text of a drawing.
    for (const box of svg ? [e.getBoundingClientRect()] : range.getClientRects()) {
      if (e.closest('.scroll,pre')) continue;
      boxes.push({box, e, svg, key: e.closest('figure,li,tr,.figure,section,header,nav')});
    }
  }
  // Overlaps: no two texts of one page share a place.
  boxes.sort((a, b) => a.box.top - b.box.top);
  for (let i = 0; i < boxes.length; i++) {
    for (let j = i + 1; j < boxes.length && boxes[j].box.top < boxes[i].box.bottom - 2; j++) {
      const a = boxes[i], b = boxes[j];
      if (a.e === b.e || a.e.contains(b.e) || b.e.contains(a.e)) continue;
      // The boxes of slanted texts, one beside the other, share corners that no letter is in.
      const slanted = e => (e.getAttribute('transform') || '').startsWith('rotate(-45');
      if (slanted(a.e) || slanted(b.e)) continue;
      const w = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const h = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      // Line boxes are taller than letters: a third of the lower one must be shared.
      checks++;
      if (w > 1.5 && h > Math.min(a.box.height, b.box.height) / 3) problems.push(`"${name(a.e)}" overlaps "${name(b.e)}"`);
    }
  }
  for (const e of document.querySelectorAll('svg[role=img]')) { checks++; if (!e.getAttribute('aria-label')) problems.push('a drawing without a label') }
  for (const e of document.querySelectorAll('audio')) { checks++; if (e.error) problems.push('audio that does not play') }
  return {problems, checks};
})()
"""

CONTROLS = "[...document.querySelectorAll('a[href],button,summary,audio[controls],[tabindex=\"0\"]')].filter(e => e.checkVisibility({visibilityProperty: true})).length"


class Tab:
    def __init__(self, port):
        for _ in range(200):
            try:
                tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
                found = [t for t in tabs if t["type"] == "page"]
                if found:
                    break
            except OSError:
                pass
            time.sleep(0.05)
        self.socket = websocket.create_connection(found[0]["webSocketDebuggerUrl"], timeout=30, suppress_origin=True)
        self.number, self.events = 0, []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps(dict(id=self.number, method=method, params=parameters)))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:500])
        return result["result"].get("value")

    def open(self, page):
        self.call("Page.navigate", url=page.resolve().as_uri())
        for _ in range(400):
            if self.run("document.readyState") == "complete" and self.run("location.href") != "about:blank":
                return
            time.sleep(0.02)

    def press(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def window(self, width, dark=None, media=""):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        features = [] if dark is None else [dict(name="prefers-color-scheme", value="dark" if dark else "light")]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, name):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = dict(x=0, y=0, width=size["width"], height=min(size["height"], 12000), scale=1)
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        (shots / name).write_bytes(base64.b64decode(data))


def look(tab, where):
    global checks
    found = tab.run(LOOK)
    checks += found["checks"]
    problems.extend(f"{where}: {problem}" for problem in found["problems"])


def events(tab, page, where):
    own = page.resolve().as_uri()
    for event in tab.events:
        kind, data = event.get("method"), event.get("params", {})
        if kind == "Network.requestWillBeSent":
            url = data["request"]["url"]
            if url.split("#")[0] != own and not url.startswith(("data:", "blob:")):
                problems.append(f"{where}: asked for {url[:200]}")
        elif kind == "Runtime.exceptionThrown":
            problems.append(f"{where}: {json.dumps(data)[:300]}")
        elif kind == "Runtime.consoleAPICalled" and data["type"] in ("error", "warning"):
            problems.append(f"{where}: console: {json.dumps(data['args'])[:300]}")
        elif kind == "Log.entryAdded" and data["entry"]["level"] in ("error", "warning"):
            problems.append(f"{where}: log: {data['entry']['text'][:300]}")
    tab.events.clear()


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


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
    process = subprocess.Popen(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}",
         "--no-first-run", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = None
        for _ in range(600):
            active = pathlib.Path(profile, "DevToolsActivePort")
            if active.exists() and active.read_text().strip():
                port = active.read_text().splitlines()[0]
                break
            time.sleep(0.05)
        if port is None:
            sys.exit("Chromium did not start")
        tab = Tab(port)
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
                        tab.picture(f"{page.stem}-{width}-{'dark' if dark else 'light'}.png")
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
            tab.picture(f"{page.stem}-print.png")
            paper = base64.b64decode(tab.call("Page.printToPDF", printBackground=True)["data"])
            (shots / f"{page.stem}.pdf").write_bytes(paper)
            if len(paper) < 10_000:
                problems.append(f"{page.stem}: nothing is printed")
            events(tab, page, f"{page.stem} on paper")
    finally:
        process.terminate()
        process.wait()
print(json.dumps(dict(checks=checks, problems=list(dict.fromkeys(problems))[:60])))

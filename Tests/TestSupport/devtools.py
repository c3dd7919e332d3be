"""Chromium without a window, driven over its DevTools protocol; and what every page must hold."""
import base64, json, pathlib, subprocess, tempfile, time, urllib.request
import websocket

# Looks at a page as it lies there: contrast, text that is cut, overlaps or leaves the window, drawings without a label.
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
        self.call("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        for _ in range(400):
            if self.run("document.readyState") == "complete" and self.run("location.href") != "about:blank":
                return
            time.sleep(0.02)

    def press(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def window(self, width, dark=None, media="", scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=scale, mobile=False)
        features = [] if dark is None else [dict(name="prefers-color-scheme", value="dark" if dark else "light")]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, file):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = dict(x=0, y=0, width=size["width"], height=min(size["height"], 12000), scale=1)
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        pathlib.Path(file).write_bytes(base64.b64decode(data))


# What the keyboard must reach.
CONTROLS = "[...document.querySelectorAll('a[href],button,summary,select,input,audio[controls],[tabindex=\"0\"]')].filter(e => e.checkVisibility({visibilityProperty: true}))"


def faults(tab, allowed):
    """What a page did that it should not: requests that `allowed` does not let pass, errors and warnings. They are told once."""
    found = []
    for event in tab.events:
        kind, data = event.get("method"), event.get("params", {})
        if kind == "Network.requestWillBeSent":
            url = data["request"]["url"]
            if not allowed(url) and not url.startswith(("data:", "blob:")):
                found.append(f"asked for {url[:200]}")
        elif kind == "Network.webSocketCreated" and not allowed(data["url"]):
            found.append(f"asked for {data['url'][:200]}")
        elif kind == "Runtime.exceptionThrown":
            found.append(json.dumps(data)[:300])
        elif kind == "Runtime.consoleAPICalled" and data["type"] in ("error", "warning"):
            found.append(f"console: {json.dumps(data['args'])[:300]}")
        elif kind == "Log.entryAdded" and data["entry"]["level"] in ("error", "warning"):
            found.append(f"log: {data['entry']['text'][:300]} {data['entry'].get('url', '')}")
    tab.events.clear()
    return found


class Chromium:
    """The browser as a process that ends with the block."""

    def __init__(self, command, *more):
        self.command, self.more = command, more

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [self.command, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={self.profile.name}",
             "--no-first-run", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars", *self.more, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        active = pathlib.Path(self.profile.name, "DevToolsActivePort")
        for _ in range(600):
            if active.exists() and active.read_text().strip():
                return Tab(active.read_text().splitlines()[0])
            time.sleep(0.05)
        self.__exit__()
        raise SystemExit("Chromium did not start")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.profile.cleanup()

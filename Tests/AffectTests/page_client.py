"""Drives the page of `affect serve` in headless Chromium: a file, the microphone, live audio, downloads, the keyboard. Prints what was
not as it should be, as JSON, and leaves pictures.

page_client.py AFFECT BUNDLE CHROMIUM PICTURES [RECORDING]
"""
import json, pathlib, sys, tempfile, time
from devtools import CONTROLS, LOOK, Chromium, faults
from serving import Server, speech

affect, bundle, browser = sys.argv[1:4]
shots = pathlib.Path(sys.argv[4])
shots.mkdir(parents=True, exist_ok=True)
folder = tempfile.TemporaryDirectory()
talk = pathlib.Path(folder.name, "talk.wav")
talk.write_bytes(speech([(False, 0.5), (True, 1.5), (False, 1), (True, 2), (False, 1), (True, 1.2), (False, 0.8)]))
recording = pathlib.Path(sys.argv[5]) if len(sys.argv) > 5 else talk
saved = pathlib.Path(folder.name, "saved")
server = Server(affect, bundle)
problems, checks = [], 0


def check(name, good, seen=""):
    global checks
    checks += 1
    if not good:
        problems.append(f"{name}: {str(seen)[:300]}")


def look(where):
    global checks
    found = tab.run(LOOK)
    checks += found["checks"]
    problems.extend(f"{where}: {problem}" for problem in found["problems"])


def quiet(where):
    own = (server.url, server.url.replace("http", "ws"))
    problems.extend(f"{where}: {fault}" for fault in faults(tab, lambda url: url.startswith(own)))


def until(condition, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if value := tab.run(condition):
            return value
        time.sleep(0.05)
    return tab.run(condition)


STATUS = "document.getElementById('status').textContent"
ROWS = "document.querySelectorAll('#segments li').length"
INK = """(id => { const c = document.getElementById(id), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  const seen = new Set(); for (let i = 0; i < d.length; i += 4) seen.add(d[i] << 24 | d[i + 1] << 16 | d[i + 2] << 8 | d[i + 3]); return seen.size })"""


def upload(file):
    node = tab.call("DOM.querySelector", nodeId=tab.call("DOM.getDocument")["root"]["nodeId"], selector="#file")["nodeId"]
    tab.run("document.getElementById('status').textContent = ''")
    tab.call("DOM.setFileInputFiles", files=[str(file.resolve())], nodeId=node)
    return until(f"/ in \\d|Nobody/.test({STATUS}) && {STATUS}")


def click(selector):
    at = tab.run(f"(() => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{block: 'center'}}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }})()")
    for kind in ("mousePressed", "mouseReleased"):
        tab.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)


def key(name, code, text=None):
    more = dict(text=text) if text else {}
    tab.call("Input.dispatchKeyEvent", type="keyDown", key=name, windowsVirtualKeyCode=code, **more)
    tab.call("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=code)


def at():
    return float(tab.run("document.getElementById('stage').getAttribute('aria-valuenow')"))


fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={talk.resolve()}", "--autoplay-policy=no-user-gesture-required"]
with Chromium(browser, *fake) as tab:
    for width in (390, 1280):
        for dark in (False, True):
            where = f"{width} pixels, {'dark' if dark else 'light'}"
            tab.window(width, dark)
            tab.open(server.url + "/")
            check(f"{where}: models", until("document.getElementById('model').options.length") == 1)
            look(f"{where}, empty")
            told = upload(recording)
            check(f"{where}: upload", told and "segment" in told, told)
            for name in ("wave", "spectrum", "band", "axis"):
                inks = tab.run(f"{INK}('{name}')")
                check(f"{where}: {name} is drawn", inks > 3, inks)
            check(f"{where}: legend", tab.run("document.querySelectorAll('#legend li').length") >= 2)
            # A segment is chosen, so that what is said of it is looked at too.
            key("j", 74, "j")
            check(f"{where}: detail", until("document.querySelectorAll('#detail .bars li').length") >= 2)
            look(where)
            tab.picture(shots / f"page-{width}-{'dark' if dark else 'light'}.png")
            quiet(where)

    # To hear: a click on a segment plays it, the bar of blanks pauses.
    check("rows", tab.run(ROWS) >= 2, tab.run(ROWS))
    click("#segments li:nth-child(2) button")
    check("click to hear", until("document.getElementById('play').textContent === 'Pause'", 5), tab.run(STATUS))
    check("at the segment", at() > 1, at())
    tab.run("document.activeElement.blur()")
    key(" ", 32, " ")
    check("blank pauses", until("document.getElementById('play').textContent === 'Play'", 5))
    key("Home", 36)
    check("Home", until("document.getElementById('stage').getAttribute('aria-valuenow') === '0.0'", 5), at())
    key("ArrowRight", 39)
    check("right", until("document.getElementById('stage').getAttribute('aria-valuenow') === '1.0'", 5), at())
    key("ArrowLeft", 37)
    check("left", until("document.getElementById('stage').getAttribute('aria-valuenow') === '0.0'", 5), at())
    key("j", 74, "j")
    first = until("+document.getElementById('stage').getAttribute('aria-valuenow')", 5)
    key("j", 74, "j")
    check("next", until(f"+document.getElementById('stage').getAttribute('aria-valuenow') > {first}", 5), (first, at()))
    key("k", 75, "k")
    check("previous", until(f"+document.getElementById('stage').getAttribute('aria-valuenow') <= {first}", 5), (first, at()))
    key("p", 80, "p")
    check("hear it", until("document.getElementById('play').textContent === 'Pause'", 5))
    until("document.getElementById('play').textContent === 'Play'", 10)
    quiet("keyboard")

    # The tabulator reaches every control, and each shows that it has the focus.
    tab.open(server.url + "/")
    until("document.getElementById('model').options.length")
    upload(recording)
    wanted = tab.run(CONTROLS + ".length")
    tab.run("document.activeElement.blur(); scrollTo(0, 0); window.seen = new Set()")
    for _ in range(wanted + 10):
        tab.press("Tab", 9)
        bare = tab.run("(() => { const e = document.activeElement; if (!e || e === document.body) return null; seen.add(e);"
                       "const s = getComputedStyle(e), d = getComputedStyle(e.closest('#drop') || e); return s.outlineStyle === 'none' && d.borderColor === 'rgb(0, 0, 0)' ? e.id || e.textContent : null })()")
        check("the focus shows", bare is None, bare)
    missed = tab.run(CONTROLS + ".filter(e => !seen.has(e)).map(e => e.id || e.textContent)")
    check("the keyboard reaches all", wanted > 12 and not missed, (wanted, missed))

    # Each format is saved.
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(saved))
    formats = tab.run("[...document.querySelectorAll('#downloads button')].map(b => b.textContent)")
    check("formats", len(formats) == 9, formats)
    for number, name in enumerate(formats):
        tab.run(f"document.querySelectorAll('#downloads button')[{number}].click()")
        check(f"{name} is told", until(f"/ was saved/.test({STATUS})", 10), tab.run(STATUS))
        tab.run("document.getElementById('status').textContent = ''")
    end = time.time() + 10
    files = lambda: [f for f in saved.glob("*") if f.stat().st_size and not f.name.endswith(".crdownload")]
    while len(files()) < len(formats) and time.time() < end:
        time.sleep(0.1)
    check("saved", len(files()) == len(formats), [f.name for f in saved.glob("*")])
    quiet("downloads")

    # Windows instead of utterances.
    before = tab.run(ROWS)
    tab.run("document.getElementById('status').textContent = ''; document.getElementById('cut').value = 'windows'; document.getElementById('cut').dispatchEvent(new Event('change'))")
    check("windows", until(f"/ in \\d/.test({STATUS})") and tab.run(ROWS) >= 1, (before, tab.run(ROWS), tab.run(STATUS)))
    tab.run("document.getElementById('cut').value = 'utterances'")

    # What carried the decisions.
    tab.run("document.getElementById('status').textContent = ''; document.getElementById('explain').click()")
    check("explained", until(f"/ in \\d/.test({STATUS})") and until("document.querySelectorAll('#detail h4').length >= 3"), tab.run("document.getElementById('detail').textContent"))
    check("seconds are drawn", tab.run("!document.getElementById('weights').hidden") and tab.run(f"{INK}('weights')") > 1)
    look("explained")
    tab.window(1280, False)
    tab.picture(shots / "page-explained.png")
    tab.run("document.getElementById('explain').checked = false")

    # The microphone: R begins and ends.
    tab.run("document.activeElement.blur()")
    key("r", 82, "r")
    check("recording", until("document.getElementById('record').getAttribute('aria-pressed') === 'true'", 10), tab.run(STATUS))
    time.sleep(4)
    key("r", 82, "r")
    told = until(f"/ in \\d|Nobody/.test({STATUS}) && {STATUS}")
    check("recorded", told and "segment" in told, told)
    check("its name", tab.run("document.getElementById('name').textContent") == "Recording.wav")
    quiet("microphone")

    # Live: estimates come while somebody speaks, segments when they have ended; then it can be heard and saved.
    key("l", 76, "l")
    check("live", until(f"{STATUS} === 'Live.'", 10), tab.run(STATUS))
    check("an estimate", until("document.body.textContent.includes('still being heard')", 15))
    tab.picture(shots / "page-live.png")
    check("a segment", until(f"{ROWS} >= 2 || ({ROWS} === 1 && !document.body.textContent.includes('still being heard'))", 20), tab.run(ROWS))
    key("l", 76, "l")
    check("live ends", until(f"/has ended/.test({STATUS})", 15), tab.run(STATUS))
    check("live can be saved", until("document.querySelectorAll('#downloads button').length", 10) == 9)
    check("live is drawn", until(f"{INK}('wave') > 1", 10))
    look("live")
    quiet("live")

    # What is no recording is said so.
    words = pathlib.Path(folder.name, "words.txt")
    words.write_text("no sound")
    node = tab.call("DOM.querySelector", nodeId=tab.call("DOM.getDocument")["root"]["nodeId"], selector="#file")["nodeId"]
    tab.call("DOM.setFileInputFiles", files=[str(words)], nodeId=node)
    check("no recording", until("document.getElementById('status').className === 'bad'", 10) and "the recording" in tab.run(STATUS), tab.run(STATUS))
    look("a problem")
    tab.window(390, False)
    tab.open(server.url + "/")
    until("document.getElementById('model').options.length")
    tab.picture(shots / "page-390-empty.png")
folder.cleanup()
print(json.dumps(dict(checks=checks, problems=list(dict.fromkeys(problems))[:60])))

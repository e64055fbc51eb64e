#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The pages of `rmmsim draw`, in a browser.   draw.py PROGRAM SOURCE_DIR OUTPUT_DIR [RECORDER [FINDING...]]

RECORDER is a program that writes a trace of a concurrent run to the file it is given; each FINDING an SVG file of the explorer's.
Screenshots are left in OUTPUT_DIR. What the page must show is worked out here, from the text of the trace alone.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import webdriver

ALL_STATES = """
  return [...document.querySelectorAll("#states tbody tr")].flatMap((row) => [...row.querySelectorAll("td[data-machine]")].map(
    (cell) => [row.querySelector("[data-object]").dataset.object, cell.dataset.machine, cell.dataset.state]));
"""
CHANGED = """return [...document.querySelectorAll("#states tr.changed [data-object]")].map((e) => e.dataset.object);"""
WALK = """
  const states = () => { %s }, changed = () => { %s }, shown = [];
  for (let step = arguments[0]; step <= arguments[1]; step++) {
    history.replaceState(null, "", "#step=" + step);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    for (const more of [...document.querySelectorAll(".more")]) more.click();
    shown.push([states(), changed()]);
  }
  return shown;
""" % (ALL_STATES, CHANGED)
HERE = """const here = document.querySelectorAll(".row.here"); return here.length === 1 ? here[0].id : here.length;"""
IN_VIEW = """
  const here = document.querySelector(".row.here").getBoundingClientRect(), box = document.getElementById("diagram").getBoundingClientRect();
  return here.top >= box.top + 40 && here.bottom <= box.bottom;
"""
checks = 0


def check(is_so, what):
    global checks
    checks += 1
    if not is_so:
        raise AssertionError(what)


def equal(found, wanted, what):
    check(found == wanted, f"{what}: {found!r}, wanted {wanted!r}")


# ---- what a trace says, read by another reader than the program's ----------------------------------------------------------------


def short(state):
    return re.sub(r"^(REALM|REC)_(?!AUX)", "", state)


def value(text, lets):
    return lets[text] if text in lets else int(text, 0) if not re.fullmatch(r"\d+[KMGT]", text) else int(text[:-1]) << 10 * (
        1 + "KMGT".index(text[-1]))


def story(path):
    """For each step: its line, the states that edges have led to up to it, and the objects whose edges it has."""
    lets, states, steps = {}, {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        let = re.fullmatch(r"let (\w+) = (\w+)", line)
        edge = re.fullmatch(r"\| ([A-Z]+) (\w+)(?: rd=(\w+) level=(-?\d+))? (\w+) -> (\w+)", line)
        if let:
            lets[let[1]] = value(let[2], lets)
        elif edge:
            key = hex(value(edge[2], lets)) + (f"@{edge[4]}@{hex(value(edge[3], lets))}" if edge[3] else "")
            states[key, edge[1]] = short(edge[6])
            steps[-1]["states"] = dict(states)
            steps[-1]["changed"].add(key)
            if (edge[1], edge[5]) == ("GRANULE", "REC"):
                for machine in ("REC", "POWER", "PENDING", "ATTEST"):
                    states.pop((key, machine), None)
            if (edge[1], edge[5]) == ("GRANULE", "RD"):
                states = {k: v for k, v in states.items() if k != (key, "REALM") and not k[0].endswith("@" + key)}
            if (edge[1], edge[5]) == ("RTTE", "TABLE"):  # its entries are gone; traces here fold nothing of which they say more
                states = {k: v for k, v in states.items() if not inside(k[0], key)}
            steps[-1]["states"] = dict(states)
        elif re.match(r"(pe\d+|\w+):|page |fill |irq |fiq |serror |time |gpt |snapshot|restore|inject |audit", line):
            steps.append({"line": number, "states": dict(states), "changed": set(), "text": line})
    return steps


def inside(key, table):
    if key.count("@") != 2:
        return False
    (ipa, level, rd), (base, above, of) = key.split("@"), table.split("@")
    size = 1 << (12 + 9 * (3 - int(above)))
    return rd == of and int(level) > int(above) and int(base, 16) <= int(ipa, 16) < int(base, 16) + size


def step_with(steps, text):
    found = [i for i, step in enumerate(steps, 1) if re.search(text, step["text"])]
    check(found, f"no step has {text!r}")
    return found[0]


# ---- pages ---------------------------------------------------------------------------------------------------------------------


class Page:
    """A trace, drawn to a page that is open in the browser."""

    def __init__(self, browser, program, trace, folder):
        self.browser = browser
        self.path = folder / (trace.stem + ".html")
        subprocess.run([program, "draw", trace, "-o", self.path], check=True, timeout=60)
        self.address = self.path.as_uri()
        browser.open("about:blank")
        browser.open(self.address)

    def go(self, step, more=""):
        self.browser.open("about:blank")
        self.browser.open(f"{self.address}#step={step}{more}")

    def walk(self, first, last):
        """States and changed objects after each of these steps."""
        for begin in range(first, last + 1, 50):
            for states, changed in self.browser.run(WALK, begin, min(begin + 49, last)):
                yield {(key, machine): state for key, machine, state in states}, set(changed)

    def step(self):
        return int(re.match(r"#step=(\d+)", self.browser.run("return location.hash"))[1])

    def states(self):
        return {(key, machine): state for key, machine, state in self.browser.run(ALL_STATES)}

    def state(self, key, machine):
        return self.states().get((key, machine))

    def is_at(self, number):
        equal(self.step(), number, "step in the address")
        equal(self.browser.run(HERE), f"step{number}", "the row that is marked")
        check(self.browser.run(IN_VIEW), f"step {number} is in view")
        check(self.browser.text("#now h2").startswith(f"Step {number} of "), "the step's heading")
        equal(self.browser.run("return document.getElementById('slider').value"), str(number), "the slider")

    def is_silent(self):
        equal(self.browser.complaints(), [], "the console")


def follows(page, steps):
    """After every step each state that the trace tells is shown, and what the step changes is marked."""
    for number, (wanted, (shown, changed)) in enumerate(zip(steps, page.walk(1, len(steps)), strict=True), 1):
        for (key, machine), state in wanted["states"].items():
            equal(shown.get((key, machine)), state, f"step {number}: {machine} {key}")
        check(wanted["changed"] <= changed, f"step {number}: {wanted['changed']} are marked, of {changed}")
    check(len(steps) > 10, "there are steps")


def moves(page, last):
    """Buttons, keys, the slider and rows lead where they say."""
    browser = page.browser
    page.go(5)
    page.is_at(5)
    browser.click("#next")
    page.is_at(6)
    browser.click("#previous")
    page.is_at(5)
    browser.press("right", "down", "right")
    page.is_at(8)
    browser.press("left", "up")
    page.is_at(6)
    browser.press("end")
    page.is_at(last)
    check(browser.run("return document.getElementById('next').disabled"), "no next behind the last")
    browser.press("right")
    page.is_at(last)
    browser.press("home")
    equal(page.step(), 0, "Home")
    check(browser.run("return document.getElementById('previous').disabled"), "nothing before the first")
    browser.press("page_down")
    page.is_at(10)
    browser.press("page_down", "page_up")
    page.is_at(10)
    browser.run("const s = document.getElementById('slider'); s.value = 12; s.dispatchEvent(new Event('input'))")
    page.is_at(12)
    browser.click("#step14")
    page.is_at(14)
    browser.click("#last")
    page.is_at(last)
    browser.click("#first")
    equal(page.step(), 0, "first")
    browser.run("document.getElementById('slider').focus()")
    browser.press("right")
    page.is_at(1)
    page.is_silent()


def filters(page, key, touching):
    """An object's steps stay bright, all others do not; and from one of them to the next."""
    browser = page.browser
    browser.size(1440, 2400)
    page.go(1)
    browser.click(f"#states [data-object='{key}']")
    bright = browser.run("return [...document.querySelectorAll('.row:not(.dim)')].map((e) => Number(e.id.slice(4)))")
    equal(bright, touching, "steps that touch it")
    equal(browser.run("return document.activeElement.dataset.object"), key, "the focus")
    check("touched by" in browser.text("#filter"), "the filter says so")
    for number in [n for n in touching if n > 1][:2]:
        browser.click("#its_next")
        page.is_at(number)
    link = browser.run("return location.href")
    browser.open("about:blank")
    browser.open(link)
    page.is_at(touching[2] if touching[0] == 1 else touching[1])
    check(browser.run("return document.querySelectorAll('.row.dim').length") > 0, "a link keeps the filter")
    browser.press("escape")
    equal(browser.run("return document.querySelectorAll('.row.dim').length"), 0, "rows that are dim after Escape")
    browser.size(1440, 900)
    page.is_silent()


def pictures(page, step, name, folder):
    for theme in ("light", "dark"):
        page.browser.theme(theme)
        page.go(step)
        page.browser.screenshot(folder / f"{name}-{theme}.png")
    page.browser.theme("light")


def finds(page):
    """The field above the tables; its keys are its own."""
    browser = page.browser
    page.go(30)
    all_names = len(page.states())
    browser.click("#find")
    browser.press(*"SECOND")
    equal({key for key, _ in page.states()}, {"0x80020000"}, "objects called second")
    browser.press("home", "left")
    page.is_at(30)
    browser.run("const f = document.getElementById('find'); f.value = ''; f.dispatchEvent(new Event('input'))")
    equal(len(page.states()), all_names, "states when nothing is looked for")


def is_accessible(page):
    """What a screen reader is told."""
    browser = page.browser
    page.go(7)
    equal(browser.run("return document.getElementById('now').getAttribute('aria-live')"), "polite", "the step is told")
    equal(browser.run("return document.getElementById('rows').getAttribute('aria-activedescendant')"), "step7", "the option")
    nameless = browser.run("""return [...document.querySelectorAll("button, input")].filter(
        (e) => !(e.getAttribute("aria-label") || e.textContent.trim())).length""")
    equal(nameless, 0, "controls without a name")
    equal(browser.run("return document.documentElement.lang"), "en", "the language")


def needs_nothing(page):
    """Not one reference to anywhere else."""
    text = page.path.read_text()
    check(not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?!data:)(?:https?:|//|\w+\.\w)""", text), "a reference to somewhere else")
    equal(page.browser.run("return performance.getEntriesByType('resource').filter((e) => !e.name.startsWith('data:')).length"), 0,
          "resources")


def fits_a_phone(page, step, output):
    """All buttons are there, nothing is beside the page, and what was asked is still told by its first word."""
    browser = page.browser
    browser.phone(390, 844)
    page.go(step)
    page.is_at(step)
    equal(browser.run("return [document.documentElement.scrollWidth, innerWidth]"), [390, 390], "the width of a phone")
    right = browser.run("return [...document.querySelectorAll('nav *')].map((e) => e.getBoundingClientRect().right)")
    check(max(right) <= 390, f"buttons end at {right}")
    cut = browser.run("return [...document.querySelectorAll('.row')].filter((e) => e.querySelector('.asked').scrollWidth >"
                      "e.querySelector('.asked').clientWidth).map((e) => e.textContent)")
    equal(cut, [], "rows whose first word is cut")
    browser.screenshot(output / "draw-phone.png")
    browser.phone(0, 0)


def known_story(browser, program, source, folder, output):
    trace = source / "tests/tools/draw_psci.trace"
    page = Page(browser, program, trace, folder)
    steps = story(trace)
    boot, second = "0x80010000", "0x80020000"
    complete = step_with(steps, "rmi_psci_complete")

    page.go(complete - 1)
    equal(page.state(second, "POWER"), "NOT_RUNNABLE", "the second before it is completed")
    equal(page.state(boot, "PENDING"), "PSCI_REQUEST", "the request before it is completed")
    page.go(complete)
    page.is_at(complete)
    equal(page.state(second, "POWER"), "RUNNABLE", "the second")
    equal(page.state(boot, "PENDING"), "NO_REQUEST", "the request")
    equal(page.state("0x1000@3@0x80002000", "RTTE"), "ASSIGNED_RAM", "the entry")
    equal(page.state("0x80006000", "GRANULE"), "DATA", "the page behind it")
    equal(set(browser.run(CHANGED)), {boot, second}, "changed by the completion")
    equal(browser.text("#now .about"), "Complete a PSCI request of a REC.", "what the command is for")

    refused = step_with(steps, "gran_state")
    page.go(refused)
    equal(browser.text("#now .why"), "Refused by gran_state: addr must be a Granule in state UNDELEGATED, found DELEGATED.", "why")
    last = len(steps)
    page.go(last - 1)  # restored
    equal(page.state("0x80200000", "GRANULE"), "UNDELEGATED", "what was delegated since the snapshot")
    equal(page.state(second, "POWER"), "NOT_RUNNABLE", "the second, as at the snapshot")
    page.go(last)
    equal(page.state(second, "POWER"), "none", "the power state of a REC that is gone")
    equal(page.state(second, "GRANULE"), "DELEGATED", "its Granule")
    page.go(complete)
    follows(page, steps[:last - 2])
    moves(page, last)
    touching = [i for i, s in enumerate(steps, 1) if re.search(r"\bsecond\b", s["text"]) or second in s["changed"]]
    filters(page, second, touching)
    finds(page)
    is_accessible(page)
    needs_nothing(page)
    pictures(page, complete, "draw", output)
    browser.size(620, 900)
    page.go(complete)
    page.is_at(complete)
    browser.screenshot(output / "draw-narrow.png")
    fits_a_phone(page, complete, output)
    browser.size(1440, 900)
    page.is_silent()


def recorded(browser, program, recorder, folder, output):
    """A concurrent run, recorded: every state after every step; and the step at which a CPU_ON is completed, in pictures."""
    trace = folder / "recorded.trace"
    subprocess.run([recorder, trace], check=True, timeout=120, stdout=subprocess.DEVNULL)
    page = Page(browser, program, trace, folder)
    steps = story(trace)
    complete = next(i for i, s in enumerate(steps, 1) if "rmi_psci_complete" in s["text"] and "POWER" in str(s["states"]) and s["changed"])
    target = re.search(r"target_rec=(\w+)", steps[complete - 1]["text"])[1]
    caller = re.search(r"calling_rec=(\w+)", steps[complete - 1]["text"])[1]

    page.go(complete)
    page.is_at(complete)
    equal(page.state(target, "POWER"), "RUNNABLE", "the REC that was turned on")
    equal(page.state(caller, "PENDING"), "NO_REQUEST", "the REC that asked")
    page.go(complete - 1)
    equal(page.state(target, "POWER"), "NOT_RUNNABLE", "the same before")
    equal(page.state(caller, "PENDING"), "PSCI_REQUEST", "the same before")
    follows(page, steps)
    needs_nothing(page)
    pictures(page, complete, "recorded", output)
    page.is_silent()


def example(browser, program, source, folder):
    """A script that is run and recorded, from boot to the last Granule that is given back."""
    trace = folder / "boot.trace"
    subprocess.run([program, "run", source / "examples/boot.rmm", "--record", trace], check=True, timeout=60, stdout=subprocess.DEVNULL)
    page = Page(browser, program, trace, folder)
    follows(page, story(trace))
    page.is_silent()


def hostile(browser, program, folder):
    """What a trace and its file are called is text, whatever it looks like."""
    name = "<img src=x onerror=alert(1)>'\"&amp;<!--<script>.trace"
    trace = folder / name
    trace.write_text("rmmsim-trace 1\npe0: smc 0xC4000150 => 0x0 # </script><script>alert(1)</script>\n"
                     "irq 0\npe0: rmi_version req=1 => ERROR_INPUT req_supported lower=1 higher=1\n")
    subprocess.run([program, "draw", trace, "-o", folder / "hostile.html"], check=True, timeout=60)
    subprocess.run([program, "draw", trace, "-o", folder / "hostile.svg"], check=True, timeout=60)
    browser.open((folder / "hostile.html").as_uri() + "#step=1")
    equal(browser.run("return document.title"), name, "the title")
    equal(browser.text("h1"), name, "the heading")
    equal(browser.run("return document.querySelectorAll('img').length"), 0, "elements that a name has made")
    browser.open((folder / "hostile.html").as_uri() + "#step=<img>&object=')")
    equal(browser.run("return document.querySelectorAll('.row.here').length"), 0, "a link that means nothing")
    equal(browser.complaints(), [], "the console")
    browser.open((folder / "hostile.svg").as_uri())
    check(name in browser.run("return document.querySelector('text').textContent"), "the SVG's title")
    equal(browser.run("return document.querySelectorAll('img, script').length"), 0, "elements that a name has made")
    equal(browser.complaints(), [], "the console")


def large(browser, program, folder):
    """A hundred thousand steps: few rows are there at a time, and the last is as near as the first."""
    trace = folder / "large.trace"
    with open(trace, "w", encoding="ascii") as file:
        file.write("rmmsim-trace 1\npes 2\ndram 0x80000000 64M\n")
        for i in range(50000):
            pa = 0x80000000 + i % 8192 * 4096
            file.write(f"pe0: rmi_granule_delegate addr={pa:#x} => SUCCESS\n| GRANULE {pa:#x} UNDELEGATED -> DELEGATED\n"
                       f"pe1: rmi_granule_undelegate addr={pa:#x} => SUCCESS\n| GRANULE {pa:#x} DELEGATED -> UNDELEGATED\n")
    page = Page(browser, program, trace, folder)
    check(page.path.stat().st_size < 32 << 20, "the page's size")
    last = 0x80000000 + 49999 % 8192 * 4096
    for number, state in ((99999, "DELEGATED"), (100000, "UNDELEGATED")):
        page.go(number)
        page.is_at(number)
        equal(page.state(hex(last), "GRANULE"), state, f"step {number}")
    check(browser.run("return document.querySelectorAll('.row').length") < 200, "rows that are there")
    check(browser.run("return document.querySelectorAll('#states tr').length") < 200, "states that are there")
    took = browser.run("""const begin = performance.now();
      for (let i = 0; i < 20; i++) document.getElementById("previous").click();
      return performance.now() - begin;""")
    page.is_at(99980)
    check(took < 20000, f"20 steps took {took} ms")
    print(f"a page of 100000 steps: {page.path.stat().st_size >> 10} KiB, a step back takes {took / 20:.0f} ms")
    page.is_silent()


def drawings(browser, program, source, folder, findings, output):
    """SVG: the trace's picture, and what the explorer draws."""
    svg = folder / "draw.svg"
    subprocess.run([program, "draw", source / "tests/tools/draw_psci.trace", "-o", svg], check=True, timeout=60)
    for path in [svg, *findings]:
        browser.open(path.as_uri())
        equal(browser.run("return document.documentElement.tagName"), "svg", str(path))
        equal(browser.run("return document.querySelectorAll('parsererror').length"), 0, str(path))
        check(browser.run("return document.querySelectorAll('text').length") > 5, f"{path}: texts")
        equal(browser.complaints(), [], "the console")
    for theme in ("light", "dark"):
        browser.theme(theme)
        browser.open(svg.as_uri())
        browser.screenshot(output / f"svg-{theme}.png")
    browser.theme("light")


def main():
    program, source, output = (pathlib.Path(argument).absolute() for argument in sys.argv[1:4])
    more = [pathlib.Path(argument).absolute() for argument in sys.argv[4:]]
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rmmsim-draw-") as name, webdriver.browser(output / "chromedriver.log") as browser:
        folder = pathlib.Path(name)
        browser.size(1440, 900)
        known_story(browser, program, source, folder, output)
        if more:
            recorded(browser, program, more[0], folder, output)
        example(browser, program, source, folder)
        hostile(browser, program, folder)
        large(browser, program, folder)
        drawings(browser, program, source, folder, more[1:], output)
    print(f"{checks} checks hold; screenshots are in {os.path.relpath(output)}")


if __name__ == "__main__":
    try:
        main()
    except webdriver.Missing as missing:
        print(f"skipped: {missing}")
        sys.exit(77)

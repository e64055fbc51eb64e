/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * page.js - steps through a trace: which rows are seen is drawn, and the states after the chosen step are looked up.
 *
 * Everything that a trace says reaches the page as text, never as markup. Rows are made for what is in view only, and a state is
 * found by bisection in the changes of its object, so a hundred thousand steps are no more work than ten.
 */
"use strict";
(function () {
  const trace = JSON.parse(document.getElementById("trace").textContent);
  const GRANULE = 0, REALM = 2, REC = 3, POWER = 4, PENDING = 5, ATTEST = 6, RTTE = 7;
  const ABSENT = -1, UNKNOWN = -2;
  const CALL = 0, ENTER = 1, EXIT = 2, ANSWER = 3, LOCAL = 4, WORLD = 5, RESTORE = 7;
  const across = (s) => s.shape > WORLD; /* a snapshot, or back to it */
  const outside = (s) => s.shape >= WORLD;
  const TONES = ["plain", "served", "refused", "exit"];
  const STYLES = ["absent", "off", "on", "inside", "running"];
  const ROW = 28, NUMBER = 56, SHOWN = 100, CHIPS = 2;
  const $ = (id) => document.getElementById(id);
  const steps = trace.steps.map((s, i) => ({
    number: trace.first + i, line: s[0], shape: s[1], from: s[2], to: s[3], tone: s[4], asked: s[5], answer: s[6], why: s[7], source: s[8],
    touched: s[9],
  }));
  const rmm = trace.rmm;
  const lane_width = Math.max(38, Math.min(76, Math.floor(400 / trace.lanes.length)));
  const begin = trace.first - 1, end = begin + steps.length; /* `begin` is before the first step */
  let step = begin;
  let picked = -1;
  let wanted = "";
  const all = new Set(); /* groups of states that are shown to their end */

  function element(name, properties, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) {
      if (key === "class") made.className = value;
      else if (key === "on") made.addEventListener("click", value);
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  /* ---- states -------------------------------------------------------------------------------------------------------- */

  const objects = trace.objects.map((o, i) => ({
    index: i, address: o[0], name: o[1], realm: o[2], level: o[3], cells: [], steps: [],
  }));
  const changes_at = new Map();
  for (let i = 0; i < trace.changes.length; i += 5) {
    const [at, object, machine, from, to] = trace.changes.slice(i, i + 5);
    const cells = objects[object].cells;
    if (!cells[machine]) cells[machine] = { steps: [], to: [] };
    cells[machine].steps.push(at);
    cells[machine].to.push(to);
    if (!changes_at.has(at)) changes_at.set(at, []);
    changes_at.get(at).push({ object, machine, from, to });
  }
  for (const s of steps) for (const object of s.touched) objects[object].steps.push(s.number);

  /* The number of values in a rising list that are at most `value`. */
  function count_up_to(list, value) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function state(object, machine, at) {
    const cell = objects[object].cells[machine];
    const count = cell ? count_up_to(cell.steps, at) : 0;
    return count === 0 ? ABSENT : cell.to[count - 1];
  }

  function state_name(machine, value) {
    return value === ABSENT ? "none" : value === UNKNOWN ? "?" : trace.machines[machine].states[value][0];
  }

  /* In a table long names may be broken behind an underscore, and what is not asked for and not under way is just that. */
  function shown(machine, value) {
    const name = (machine === PENDING || machine === ATTEST) && value === 0 ? "no" : state_name(machine, value);
    return name.split(/(?<=_)/).flatMap((part, i) => (i === 0 ? [part] : [element("wbr", {}), part]));
  }

  function state_meaning(machine, value) {
    return value >= 0 ? trace.machines[machine].states[value][1] : value === UNKNOWN ? "the trace does not say" : "is not there";
  }

  /* ---- the diagram --------------------------------------------------------------------------------------------------- */

  const drawing = "http://www.w3.org/2000/svg";

  function shape(parent, name, properties) {
    const made = document.createElementNS(drawing, name);
    for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
    parent.append(made);
  }

  const colour = (lane) => (lane === rmm ? "var(--rmm)" : "var(--lane" + (trace.lanes[lane][2] % 8) + ")");
  const middle_of = (lane) => lane * lane_width + lane_width / 2;

  const spans = trace.lanes.map(() => ({ first: [], style: [] }));
  for (let i = 0; i < trace.spans.length; i += 3) {
    spans[trace.spans[i]].first.push(trace.spans[i + 1]);
    spans[trace.spans[i]].style.push(trace.spans[i + 2]);
  }

  function style_of(lane, at) {
    return STYLES[spans[lane].style[count_up_to(spans[lane].first, at) - 1]];
  }

  function draw_life(svg, lane, at) {
    const style = style_of(lane, at), x = middle_of(lane);
    if (style === "inside" || style === "running") {
      shape(svg, "rect", { x: x - 5, y: 0, width: 10, height: ROW, class: "bar " + style, style: "--colour:" + colour(lane) });
    } else {
      shape(svg, "line", { x1: x, y1: 0, x2: x, y2: ROW, class: "life " + style });
    }
  }

  function draw_arrow(svg, from, to, lane, back, refused) {
    const y = ROW / 2, towards = to > from ? 1 : -1, style = "--colour:" + colour(lane);
    const end = to - towards * 6;
    shape(svg, "line", { x1: from, y1: y, x2: end - towards * 7, y2: y, class: back ? "arrow back" : "arrow", style });
    if (refused) {
      const x = end - towards * 4;
      shape(svg, "path", { d: `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x - 5} ${y + 5}L${x + 5} ${y - 5}`, class: "cross" });
    } else {
      shape(svg, "path", { d: `M${end} ${y}L${end - towards * 9} ${y - 5}V${y + 5}Z`, class: "tip", style });
    }
  }

  function draw_lanes(s) {
    const svg = document.createElementNS(drawing, "svg");
    const width = trace.lanes.length * lane_width;
    svg.setAttribute("width", width);
    svg.setAttribute("height", ROW);
    svg.setAttribute("aria-hidden", "true");
    for (let lane = 0; lane < trace.lanes.length; lane++) draw_life(svg, lane, s.number);
    const from = middle_of(s.from), to = middle_of(s.to);
    if (across(s)) shape(svg, "line", { x1: 0, y1: ROW / 2, x2: width, y2: ROW / 2, class: "fold" });
    else if (s.shape === LOCAL) shape(svg, "circle", { cx: from, cy: ROW / 2, r: 5, class: "dot", style: "--colour:" + colour(s.from) });
    else if (s.shape === ENTER) {
      draw_arrow(svg, from, middle_of(rmm), s.from, false, false);
      draw_arrow(svg, middle_of(rmm), to, s.from, false, false);
    } else if (s.shape !== WORLD) {
      const actor = s.from === rmm ? s.to : s.from;
      draw_arrow(svg, from, to, actor, s.shape === EXIT || s.shape === ANSWER, s.tone === 2 && s.shape === CALL);
    }
    return svg;
  }

  /* What comes and goes with its Granule, Realm or table goes without saying. */
  function is_implied(s, c) {
    return s.shape !== RESTORE && (c.from === ABSENT || c.to === ABSENT) && !(c.machine === POWER && c.to >= 0);
  }

  function chips(s) {
    const told = (changes_at.get(s.number) || []).filter((c) => !is_implied(s, c));
    const made = told.slice(0, CHIPS).map((c) => element("span", { class: "chip" }, label(objects[c.object]) + " " +
      state_name(c.machine, c.to)));
    if (told.length > CHIPS) made.push(element("span", { class: "chip" }, "+" + (told.length - CHIPS)));
    return made;
  }

  function label(object) {
    return object.name || object.address;
  }

  function row(s) {
    const dim = picked >= 0 && !s.touched.includes(picked);
    const kind = TONES[s.tone] + (outside(s) ? " world" : "") + (dim ? " dim" : "") +
      (s.number === step ? " here" : "");
    const [, name, rest] = /^(\S*) ?(.*)$/.exec(cut(s.asked));
    const what = element("span", { class: "what" }, element("span", { class: "asked name" }, name), element("span", { class: "asked" }, rest));
    if (s.answer) what.append(element("span", { class: "answer" }, cut(s.answer)));
    what.append(...chips(s));
    return element("div", {
      class: "row " + kind, role: "option", id: "step" + s.number, "aria-selected": String(s.number === step),
      "aria-setsize": steps.length, "aria-posinset": s.number - begin, style: `top:${(s.number - begin - 1) * ROW}px`,
      title: s.asked + (s.answer ? " => " + s.answer : "") + (s.why ? "\n" + s.why : ""), on: () => go(s.number),
    }, element("span", { class: "number", style: `width:${NUMBER}px` }, String(s.number)), draw_lanes(s), what);
  }

  function cut(text) {
    return text.length > 120 ? text.slice(0, 117) + "..." : text;
  }

  /* The rows in view, and some more on either side. */
  function draw_rows() {
    const box = $("diagram"), rows = $("rows");
    const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 10);
    const last = Math.min(steps.length, first + Math.ceil(box.clientHeight / ROW) + 20);
    rows.replaceChildren(...steps.slice(first, last).map(row));
    const seen = step - begin > first && step - begin <= last;
    if (seen) rows.setAttribute("aria-activedescendant", "step" + step);
    else rows.removeAttribute("aria-activedescendant");
  }

  function symbol(kind) {
    const svg = document.createElementNS(drawing, "svg"), style = "--colour:var(--lane0)";
    for (const [key, value] of [["width", 30], ["height", 14], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
    if (kind === "bar") shape(svg, "rect", { x: 10, y: 0, width: 10, height: 14, class: "bar", style });
    else if (kind === "cross") shape(svg, "path", { d: "M10 2L20 12M10 12L20 2", class: "cross" });
    else if (kind === "life off") shape(svg, "line", { x1: 0, y1: 7, x2: 30, y2: 7, class: kind });
    else {
      shape(svg, "line", { x1: 0, y1: 7, x2: 21, y2: 7, class: kind, style });
      shape(svg, "path", { d: "M28 7L19 2V12Z", class: "tip", style });
    }
    return svg;
  }

  function draw_heads() {
    const heads = $("heads");
    heads.append(element("span", { class: "number", style: `width:${NUMBER}px` }, "step"));
    trace.lanes.forEach((lane, i) => heads.append(element("span", {
      class: "lane", style: `width:${lane_width}px;--colour:${colour(i)}`, title: lane[0] + " " + lane[1],
    }, element("b", {}, lane[0]), element("small", {}, lane_width < 66 ? "" : lane[1]))));
    heads.append(element("span", { class: "what" }, "what happens, what is answered, what changes"));
    $("legend").append(...[["arrow", "asks the RMM"], ["arrow back", "returns"], ["cross", "is refused"], ["bar", "runs, or is inside an entry"],
      ["life off", "is off"]].map(([kind, meaning]) => element("span", {}, symbol(kind), " " + meaning)));
    $("rows").style.width = `max(100%, ${NUMBER + trace.lanes.length * lane_width + 320}px)`;
    $("rows").style.height = steps.length * ROW + "px";
  }

  function show_step() {
    const box = $("diagram"), top = (step - begin - 1) * ROW, room = box.clientHeight - 46 - ROW;
    if (step > begin && (top < box.scrollTop || top > box.scrollTop + room)) box.scrollTop = Math.max(0, top - room / 2);
    if (step === begin) box.scrollTop = 0;
  }

  /* ---- the step, and the states after it ------------------------------------------------------------------------------- */

  function draw_now() {
    const s = steps[step - begin - 1], now = $("now");
    if (!s) {
      now.replaceChildren(element("h2", {}, "Before the first step"), element("p", { class: "asked" },
        "Press Next, or an arrow key. Choose a row to see the states after it, or an object to see its steps."));
      return;
    }
    const actor = outside(s) ? "outside" : trace.lanes[s.from === rmm ? s.to : s.from][0];
    now.replaceChildren(
      element("h2", {}, `Step ${s.number} of ${end} `, element("span", { class: "place" }, `· ${actor}${s.line === 0 ? "" : " · line " + s.line}`)),
      element("p", { class: "asked" }, s.asked));
    const about = trace.about[s.asked.replace(/^(again: |answer to )/, "").split(" ", s.shape === EXIT ? 2 : 1).join(" ")];
    if (about) now.append(element("p", { class: "about" }, about));
    if (s.answer) now.append(element("p", { class: "got " + TONES[s.tone] }, s.answer));
    if (s.why) now.append(element("p", { class: "why" }, s.why));
    now.append(element("p", { class: "source" }, s.source));
  }

  function object_button(object) {
    const realm = object.level > -9 && objects[object.realm] ? " of " + label(objects[object.realm]) : "";
    return element("button", {
      type: "button", class: "object", "data-object": key(object),
      "aria-pressed": String(object.index === picked), title: "Show only its steps",
      on: () => pick(object.index === picked ? -1 : object.index),
    }, element("b", {}, object.name ? object.name + " " : ""), element("span", { class: "address" },
      object.address + (object.level > -9 ? " level " + object.level : "") + realm));
  }

  function state_cell(object, machine) {
    const value = state(object.index, machine, step), change = (changes_at.get(step) || []).filter(
      (c) => c.object === object.index && c.machine === machine);
    const cell = element("td", {
      "data-machine": trace.machines[machine].name, "data-state": state_name(machine, value), title: state_meaning(machine, value),
    });
    if (step > begin && change.length > 0) {
      cell.append(element("span", { class: "was" }, ...shown(machine, change[0].from)), " ",
        element("span", { class: "now" }, ...shown(machine, value)));
    } else if (value === ABSENT) {
      cell.append("");
    } else {
      const quiet = value === 0 && machine !== REALM;
      cell.append(element("span", { class: quiet ? "quiet" : "state" }, ...shown(machine, value)));
    }
    return cell;
  }

  const groups = [
    { name: "Realms", machines: [REALM], heads: ["state"], has: (o) => is_seen(o, REALM) },
    { name: "RECs", machines: [REC, POWER, PENDING, ATTEST], heads: ["runs", "power", "pending", "token"], has: (o) => is_seen(o, REC) },
    { name: "RTT entries", machines: [RTTE], heads: ["state"], has: (o) => is_seen(o, RTTE) },
    { name: "Granules", machines: [GRANULE], heads: ["state"], has: (o) => is_seen(o, GRANULE) },
  ];

  const has_changed = (o, machine) => step > begin &&
    (changes_at.get(step) || []).some((c) => c.object === o.index && c.machine === machine);

  function is_seen(o, machine) {
    return state(o.index, machine, step) !== ABSENT || has_changed(o, machine);
  }

  /* A long list begins with what has changed most lately. */
  function latest(list) {
    const lately = (o) => { const n = count_up_to(o.steps, step); return n === 0 ? 0 : o.steps[n - 1]; };
    return list.map((o) => [lately(o), o]).sort((a, b) => b[0] - a[0]).slice(0, SHOWN).map((p) => p[1]).sort((a, b) => a.index - b.index);
  }

  function draw_group(group) {
    const machines = group.machines;
    const list = objects.filter((o) => group.has(o) && (wanted === "" || matches(o)));
    const few = list.length > SHOWN && !all.has(group.name) ? latest(list) : list;
    const section = element("section", { "aria-label": group.name }, element("h3", {}, group.name + " ",
      element("small", {}, list.length === 0 ? "" : String(list.length))));
    if (list.length === 0) return null;
    const head = element("tr", {}, element("th", { scope: "col" }, "object"),
      ...group.heads.map((h) => element("th", { scope: "col" }, h)));
    const body = few.map((o) => element("tr", {
      class: (group.machines.some((m) => has_changed(o, m)) ? "changed " : "") + (o.index === picked ? "picked" : ""),
    }, element("td", {}, object_button(o)), ...machines.map((m) => state_cell(o, m))));
    section.append(element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
    if (few.length < list.length) {
      section.append(element("p", { class: "none" }, `The ${few.length} touched most lately; ${list.length - few.length} more. `,
        element("button", { type: "button", class: "more", on: () => { all.add(group.name); draw_states(); } }, "Show all")));
    }
    return section;
  }

  function matches(o) {
    const text = (o.name + " " + o.address).toLowerCase();
    return text.includes(wanted);
  }

  function draw_states() {
    $("states").replaceChildren(...groups.map(draw_group).filter((g) => g !== null));
    if (!$("states").hasChildNodes()) $("states").append(element("p", { class: "none" }, "Nothing has a state here."));
  }

  function draw_filter() {
    const filter = $("filter");
    filter.hidden = picked < 0;
    if (picked < 0) return;
    const o = objects[picked], count = o.steps.length;
    const before = count_up_to(o.steps, step - 1), after = count_up_to(o.steps, step);
    filter.replaceChildren(element("b", {}, label(o)), ` ${o.name ? o.address : ""} is touched by ${count} ${count === 1 ? "step" : "steps"}: `,
      element("button", { type: "button", id: "its_previous", on: () => before > 0 && go(o.steps[before - 1]) }, "its previous"),
      element("button", { type: "button", id: "its_next", on: () => after < count && go(o.steps[after]) }, "its next"),
      element("button", { type: "button", id: "all_objects", on: () => pick(-1) }, "all steps again"));
  }

  /* ---- choosing -------------------------------------------------------------------------------------------------------- */

  function hash() {
    return "#step=" + step + (picked >= 0 ? "&object=" + key(objects[picked]) : "");
  }

  function key(o) {
    return o.address + (o.level > -9 ? "@" + o.level + "@" + (objects[o.realm] ? objects[o.realm].address : "") : "");
  }

  function draw() {
    $("slider").value = step;
    $("slider").setAttribute("aria-valuetext", step === begin ? "before the first step" : "step " + step + ": " + steps[step - begin - 1].asked);
    $("first").disabled = $("previous").disabled = step === begin;
    $("next").disabled = $("last").disabled = step === end;
    const focus = focused();
    show_step();
    draw_rows();
    draw_now();
    draw_filter();
    draw_states();
    if (focus && document.querySelector(focus)) document.querySelector(focus).focus({ preventScroll: true });
    if (location.hash !== hash()) history.replaceState(null, "", hash());
  }

  /* What is drawn anew loses the focus, and gets it back: a selector of what has it. */
  function focused() {
    const active = document.activeElement;
    if (active.dataset.object) return `[data-object="${CSS.escape(active.dataset.object)}"]`;
    return active.id ? "#" + active.id : null;
  }

  function go(to) {
    step = Math.max(begin, Math.min(end, to));
    draw();
  }

  function pick(object) {
    picked = object;
    draw();
  }

  function read_hash() {
    const found = /^#?(?:step=(\d+))?(?:&?object=([0-9a-fx@-]+))?$/.exec(location.hash);
    picked = found && found[2] ? objects.findIndex((o) => key(o) === found[2]) : -1;
    go(found && found[1] ? Number(found[1]) : begin);
  }

  function on_key(event) {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "range";
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    const moves = {
      ArrowRight: step + 1, ArrowDown: step + 1, ArrowLeft: step - 1, ArrowUp: step - 1, PageDown: step + 10, PageUp: step - 10,
      Home: begin, End: end,
    };
    if (event.key in moves) {
      event.preventDefault();
      go(moves[event.key]);
    } else if (event.key === "Escape" && picked >= 0) {
      pick(-1);
    }
  }

  $("title").textContent = trace.title;
  $("summary").textContent = trace.summary;
  $("slider").min = begin;
  $("slider").max = end;
  $("first").addEventListener("click", () => go(begin));
  $("previous").addEventListener("click", () => go(step - 1));
  $("next").addEventListener("click", () => go(step + 1));
  $("last").addEventListener("click", () => go(end));
  $("slider").addEventListener("input", () => go(Number($("slider").value)));
  $("diagram").addEventListener("scroll", draw_rows);
  const find = element("input", { id: "find", type: "search", placeholder: "Find an object by name or address", "aria-label": "Find an object" });
  find.addEventListener("input", () => { wanted = find.value.trim().toLowerCase(); draw_states(); });
  $("states").before(find);
  window.addEventListener("keydown", on_key);
  window.addEventListener("resize", draw_rows);
  window.addEventListener("hashchange", read_hash);
  draw_heads();
  read_hash();
})();

// Draws the last 24 hours from `/history`, and goes on with what arrives.

import { language, micros, write } from "./words.js";

const DAY = 86400;
const SECONDS = { "5m": 300, "1h": 3600 };
/** Between two points of what arrives, in seconds. */
const APART = 5;
const COLOURS = 10;

export class Chart {
  constructor(figure) {
    this.figure = figure;
    this.plotPlace = figure.querySelector(".plot");
    this.state = figure.querySelector(".plot-state");
    this.select = figure.querySelector("select");
    this.boxes = [...figure.querySelectorAll("input[type=checkbox]")];
    this.known = new Map();
    this.clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: figure.dataset.zone });
    const controls = figure.querySelector(".controls");
    if (controls) controls.hidden = false;
    this.select?.addEventListener("change", () => this.choose());
    this.boxes.forEach((box) => box.addEventListener("change", () => this.choose()));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.resize()).observe(this.plotPlace);
    this.choose();
  }

  /** The property shown, and by site its line: IRI and sensor. */
  get chosen() {
    const option = this.select?.selectedOptions[0] ?? this.figure;
    const { property, lines, unit, decimals } = { property: option.value, ...option.dataset };
    const all = JSON.parse(lines);
    this.boxes.forEach((box) => (box.closest("label").hidden = !(box.value in all)));
    const sites = this.boxes.length ? this.boxes.filter((box) => box.checked && box.value in all).map((box) => box.value) : Object.keys(all);
    return { property, unit, decimals: decimals === undefined ? undefined : Number(decimals), sites, all };
  }

  async choose() {
    const { property, sites, all } = this.chosen;
    const missing = sites.filter((site) => !this.known.has(`${property} ${site}`));
    if (missing.length) {
      try {
        await this.load(property, missing, all);
        this.failed = false;
      } catch {
        this.failed = true;
      }
    }
    this.draw();
  }

  async load(property, sites, all) {
    const { history, every } = this.figure.dataset;
    const from = new Date((Math.floor(Date.now() / 60000) - 24 * 60) * 60000).toISOString();
    const query = new URLSearchParams({ every, property, from, limit: "10000" });
    sites.forEach((site) => query.append("site", site));
    let next = `${history}?${query}`;
    const windows = [];
    while (next) {
      const answer = await fetch(next);
      if (!answer.ok) throw new Error(answer.status);
      const document = await answer.json();
      windows.push(...document.aggregates);
      // The next address begins with the public one, which a proxy may have another name for.
      next = document.next && `${history}${new URL(document.next).search}`;
    }
    for (const site of sites) {
      const [iri, sensor] = all[site];
      this.known.set(`${property} ${site}`, this.line(windows.filter((w) => w.site === iri && w.sensor === sensor)));
    }
  }

  /** Points of a line: in the middle of each window, with a gap where some are missing. */
  line(windows) {
    const [times, values] = [[], []];
    const now = Date.now() / 1000;
    for (const window of windows.filter((window) => window.mean !== undefined)) {
      const [start, end] = [Date.parse(window.start) / 1000, Math.min(Date.parse(window.end) / 1000, now)];
      const time = (start + Math.max(start, end)) / 2;
      if (times.length && time - times.at(-1) > 4 * SECONDS[this.figure.dataset.every]) {
        times.push(times.at(-1) + 1);
        values.push(null);
      }
      times.push(time);
      values.push(window.mean);
    }
    return [times, values];
  }

  /** Goes on with an observation of one of the lines that are known. */
  take(observation) {
    if (observation.dataset !== this.figure.dataset.dataset || observation.quality !== "good") return;
    const { property, all } = this.chosenOnce();
    if (observation.property !== property) return;
    const site = Object.keys(all).find((name) => all[name][0] === observation.site && all[name][1] === observation.sensor);
    const line = this.known.get(`${property} ${site}`);
    const time = micros(observation.observedAt) / 1e6;
    if (line === undefined || time <= (line[0].at(-1) ?? 0)) return;
    const replaced = line.fresh && time - line[0].at(-2) < APART ? 1 : 0;
    line[0].splice(line[0].length - replaced, replaced, time);
    line[1].splice(line[1].length - replaced, replaced, Number(observation.value));
    line.fresh = true;
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      this.draw();
    }, 1000);
  }

  /** As `chosen`, remembered until something else is chosen: events are many. */
  chosenOnce() {
    return (this.held ??= this.chosen);
  }

  draw() {
    const chosen = (this.held = this.chosen);
    const named = chosen.sites.map((site) => [site, this.known.get(`${chosen.property} ${site}`)]);
    const lines = named.filter(([, line]) => line?.[0].length);
    this.state.textContent = lines.length ? "" : this.figure.dataset[this.failed ? "failed" : "empty"];
    this.plot?.destroy();
    this.plot = undefined;
    const style = getComputedStyle(this.figure);
    const colours = Object.keys(chosen.all).map((_, number) => style.getPropertyValue(`--line-${number % COLOURS}`));
    const colour = (site) => colours[Object.keys(chosen.all).indexOf(site)];
    this.boxes.forEach((box) => (box.closest("label").querySelector("i").style.backgroundColor = colour(box.value) ?? ""));
    if (!lines.length) return;
    const options = this.options(chosen, lines.map(([site]) => site), colour, style);
    this.plot = new uPlot(options, uPlot.join(lines.map(([, line]) => line)), this.plotPlace);
  }

  options({ unit, decimals }, sites, colour, style) {
    const [ink, grid] = [style.getPropertyValue("--quiet"), style.getPropertyValue("--line")];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "12px system-ui, sans-serif" };
    const now = Date.now() / 1000;
    const time = (each) => this.clock.format(each * 1000);
    return {
      width: this.plotPlace.clientWidth,
      height: 300,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { range: (_, first) => [Math.min(Math.max(now - DAY, first - 60), now - 3600), now] } },
      axes: [
        { ...axis, space: 60, values: (_, splits) => splits.map(time) },
        { ...axis, size: 58, label: unit || undefined, labelSize: unit ? 22 : 0, labelFont: "12px system-ui, sans-serif", values: (_, splits) => splits.map((each) => write(each)) },
      ],
      series: [{}, ...sites.map((site) => ({ label: site, stroke: colour(site), width: 1.75, points: { size: 4, fill: colour(site) } }))],
      hooks: { setCursor: [(plot) => this.read(plot, sites, decimals, unit)] },
    };
  }

  /** Says in words what is under the pointer. */
  read(plot, sites, decimals, unit) {
    const number = plot.cursor.idx;
    if (number === null || number === undefined) {
      this.state.textContent = "";
      return;
    }
    const name = (site) => this.boxes.find((box) => box.value === site)?.closest("label").innerText.trim() ?? "";
    const said = sites.map((site, line) => {
      const value = nearest(plot.data[line + 1], number);
      return value === null ? "" : `${name(site)} ${write(value, decimals)} ${unit}`.trim();
    });
    this.state.textContent = [this.clock.format(plot.data[0][number] * 1000), ...said.filter(Boolean)].join(" · ");
  }

  resize() {
    if (this.plot && this.plotPlace.clientWidth !== this.plot.width) {
      this.plot.setSize({ width: this.plotPlace.clientWidth, height: 300 });
    }
  }
}

/** The value at a place, or the last one before it: other lines have points in between. */
function nearest(values, number) {
  for (let place = number; place >= Math.max(0, number - 20); place -= 1) {
    if (values[place] !== undefined) return values[place];
  }
  return null;
}

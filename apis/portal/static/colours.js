// Colours marks on the map and keys in tables by the values of their site, and sums up datasets.

import { write } from "./words.js";

export class Colours {
  /** `map` is the element of the map, which knows the scales; `values` is where the values are. */
  constructor(map, values) {
    this.values = values;
    this.scales = JSON.parse(map.dataset.scales);
    this.levels = JSON.parse(map.dataset.levels);
    this.coloured = new Map();
    this.datasets = new Map();
    for (const element of document.querySelectorAll(".mark, .key[data-key]")) this.add(element);
    this.totals = new Map([...document.querySelectorAll("[data-total]")].map((e) => [e.dataset.total, e]));
    this.worst = new Map([...document.querySelectorAll("[data-worst]")].map((e) => [e.dataset.worst, e]));
    this.worstNames = new Map([...document.querySelectorAll("[data-worst-name]")].map((e) => [e.dataset.worstName, e]));
  }

  add(element) {
    const { dataset, site, key } = element.dataset;
    const name = `${dataset} ${site ?? key}`;
    this.coloured.set(name, [...(this.coloured.get(name) ?? []), element]);
    if (site === undefined) return;
    this.datasets.set(dataset, new Set([...(this.datasets.get(dataset) ?? []), name]));
  }

  /** A site has a new value. */
  update(dataset, site) {
    const elements = this.coloured.get(`${dataset} ${site}`) ?? [];
    const mark = elements.find((element) => element.dataset.site);
    if (mark === undefined) return;
    const band = this.band(`${dataset} ${site}`, mark.dataset);
    for (const element of elements) {
      if (band === undefined) delete element.dataset.band;
      else element.dataset.band = band;
      element.classList.remove("old");
    }
    this.sum(dataset);
  }

  band(site, { scale, capacity }) {
    const rules = this.scales[scale];
    if (rules === undefined || (rules.relative && !capacity)) return undefined;
    const divisor = rules.relative ? Number(capacity) : 1;
    const bands = (this.values.ofSite.get(site) ?? [])
      .filter((entry) => entry.property in rules.bounds && typeof entry.value === "number")
      .map((entry) => rules.bounds[entry.property].filter((bound) => entry.value / divisor > bound).length);
    return bands.length ? Math.max(...bands) : undefined;
  }

  sum(dataset) {
    const sites = [...(this.datasets.get(dataset) ?? [])];
    const marks = sites.map((site) => this.coloured.get(site).find((element) => element.dataset.site));
    const total = this.totals.get(dataset);
    if (total) this.write(total, write(this.vacant(sites, marks), 0));
    const worst = this.worst.get(dataset);
    const bands = marks.map((mark) => Number(mark.dataset.band)).filter((band) => !Number.isNaN(band));
    if (!worst || !bands.length) return;
    const band = Math.max(...bands);
    worst.dataset.band = band;
    this.write(this.worstNames.get(dataset), this.levels[worst.dataset.scale][band]);
  }

  vacant(sites, marks) {
    const values = sites.flatMap((site, number) => {
      const bounds = this.scales[marks[number].dataset.scale]?.bounds ?? {};
      const known = marks[number].dataset.capacity !== undefined;
      return (this.values.ofSite.get(site) ?? []).filter((e) => known && e.property in bounds).map((e) => e.value ?? 0);
    });
    return values.reduce((sum, value) => sum + value, 0);
  }

  write(element, text) {
    if (element && element.textContent !== text) this.values.show(element, text);
  }

  /** Once a second: a mark all of whose values are overdue shows it. */
  tick() {
    for (const [site, elements] of this.coloured) {
      const valued = (this.values.ofSite.get(site) ?? []).filter((entry) => entry.observed > 0);
      const old = valued.length > 0 && valued.every((entry) => this.values.isOld(entry));
      for (const element of elements) element.classList.toggle("old", old);
    }
  }

  /** What is said of a site beside the mark: its values, as the table has them. */
  describe(mark) {
    const entries = this.values.ofSite.get(`${mark.dataset.dataset} ${mark.dataset.site}`) ?? [];
    const rules = this.scales[mark.dataset.scale];
    const level = this.levels[mark.dataset.scale]?.[mark.dataset.band];
    const shown = entries.filter((entry) => rules === undefined || entry.property in rules.bounds);
    const text = shown.map((entry) => entry.element.closest(".value, .tile, td")?.innerText.replace(/\s+/g, " ").trim());
    return [level, ...new Set(text)].filter(Boolean);
  }
}

// Moves what the server has drawn: values, ages, the map, the charts.

import { Chart } from "./chart.js";
import { Colours } from "./colours.js";
import { SiteMap } from "./map.js";
import { Stream } from "./stream.js";
import { Values } from "./values.js";

const values = new Values();
const map = document.getElementById("map");
const colours = map && new Colours(map, values);
const charts = [...document.querySelectorAll("figure.chart")].map((figure) => new Chart(figure));
if (map) new SiteMap(map, (mark) => colours.describe(mark));

function take(observation) {
  if (!values.take(observation)) return;
  colours?.update(observation.dataset, observation.site);
  for (const chart of charts) chart.take(observation);
}

function tick() {
  values.tick();
  colours?.tick();
}

const status = document.getElementById("status");
if (status) {
  new Stream(status, {
    snapshot: (event) => {
      values.ahead = Date.parse(event.generatedAt) - Date.now();
      event.observations.forEach(take);
    },
    observation: (event) => {
      values.hear(event.dataset);
      take(event);
    },
    stale: (event) => values.silence(event.dataset),
  });
}
setInterval(tick, 1000);
tick();

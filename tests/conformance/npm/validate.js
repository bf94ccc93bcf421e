// Judges each address with the Smart Flanders validator, one after the other: its own --file mixes up their reports.
// Prints one JSON object: by address the score of each check, 1 passed, 0 not checked, -1 failed.
const path = require("path");
const Validator = require(path.join(process.argv[2], "sfvalidator"));

const scores = (report) =>
  Object.fromEntries(
    Object.entries(report).flatMap(([check, each]) =>
      check === "headers" ? Object.entries(scores(each)) : [[check, each.score]]
    )
  );

(async () => {
  const found = {};
  for (const url of process.argv.slice(3)) {
    found[url] = scores(await new Validator().validate_url(url));
  }
  console.log(JSON.stringify(found));
})();

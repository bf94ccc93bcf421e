// Prints a dataset's observations as they are published: node live.mjs [address] [dataset] [after]
// When the connection is lost it comes back and goes on after the last event. In a browser, EventSource does all this.
const [address = "http://127.0.0.1:8080", dataset = "gent/parking", after = ""] = process.argv.slice(2);

async function* events(url, lastId) {
  let wait = 1000;
  for (;;) {
    try {
      const answer = await fetch(url, { headers: lastId ? { "Last-Event-ID": lastId } : {} });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      let rest = "";
      for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          let name = "message";
          const data = [];
          for (const line of block.split("\n")) {
            const [, field, value] = line.match(/^([^:]*):? ?(.*)$/);
            if (field === "id") lastId = value;
            else if (field === "event") name = value;
            else if (field === "data") data.push(value);
            else if (field === "retry") wait = Number(value);
          }
          if (data.length) yield { id: lastId, name, data: JSON.parse(data.join("\n")) };
        }
      }
    } catch (error) {
      console.error(`connection lost: ${error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

for await (const { id, name, data } of events(`${address}/${dataset}/events`, after)) {
  if (name === "observation") console.log(id, data.sensor, data.property, data.value);
  else console.log(id, name, JSON.stringify(data));
}

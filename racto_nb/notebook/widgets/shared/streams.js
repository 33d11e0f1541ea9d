/**
 * Texts that arrive: each has clean HTML for its finished blocks, and the plain `tail` that is being written.
 *
 * The kernel numbers what it adds. Where something is missing, the whole (the trait `streams`) is asked for; it also comes by itself
 * when a text has grown much.
 */

// By the widget's id: each view is handed a model object of its own.
const known = new Map();

const NONE = { run: 0, seq: 0, html: "", tail: "" };

const newer = (next, had) => next.run > had.run || (next.run === had.run && next.seq > had.seq);

/** One text with a message applied: a delta {i, add}, blocks that are whole {i, html, tail}, or the `whole`. Of a text that began anew
 * the `run` is larger. The same text where the message is old, null where one before it is missing. */
export function followed(stream, message) {
  if (message.whole) return newer(message.whole, stream) ? message.whole : stream;
  const { run, seq } = stream;
  if (message.run < run || (message.run === run && message.i < seq)) return stream;
  if (message.run !== run || message.i !== seq) return null;
  if (message.add !== undefined) return { ...stream, seq: seq + 1, tail: stream.tail + message.add };
  return { run, seq: seq + 1, html: stream.html + message.html, tail: message.tail };
}

/** The streams of a model: `get(id)`, and `watch(id, changed)`, which gives back what ends it. */
export function streamsOf(model) {
  const name = model.get("twin");
  if (known.has(name)) return known.get(name);
  const texts = new Map();
  const watchers = new Map();
  const put = (id, stream) => {
    texts.set(id, stream);
    (watchers.get(id) ?? new Set()).forEach((changed) => changed());
  };
  const snapshot = () => {
    const all = model.get("streams") ?? {};
    for (const [id, stream] of Object.entries(all)) if (newer(stream, texts.get(id) ?? NONE)) put(id, stream);
    for (const id of [...texts.keys()]) if (!(id in all)) texts.delete(id);
  };
  model.on("msg:custom", (message) => {
    if (message?.t !== "stream") return;
    const had = texts.get(message.id) ?? NONE;
    const next = followed(had, message);
    if (next === null) model.send({ do: "refresh", part: "streams" });
    else if (next !== had) put(message.id, next);
  });
  model.on("change:streams", snapshot);
  snapshot();
  const streams = {
    get: (id) => texts.get(id),
    watch(id, changed) {
      if (!watchers.has(id)) watchers.set(id, new Set());
      watchers.get(id).add(changed);
      return () => watchers.get(id).delete(changed);
    },
  };
  known.set(name, streams);
  return streams;
}

/** Draw the stream `id` into `element`, once a frame at most. Gives back what ends it. */
export function drawStream(model, id, element) {
  const streams = streamsOf(model);
  const whole = document.createElement("div");
  const tail = document.createElement("div");
  tail.className = "racto-tail";
  element.replaceChildren(whole, tail);
  let shown = 0; // the characters of the finished blocks that stand on the page
  let run = 0;
  let frame = 0;
  const show = () => {
    frame = 0;
    const stream = streams.get(id);
    if (!stream) return;
    if (stream.run !== run) {
      whole.replaceChildren();
      tail.replaceChildren();
      [run, shown] = [stream.run, 0];
    }
    if (stream.html.length > shown) {
      whole.insertAdjacentHTML("beforeend", stream.html.slice(shown)); // cleaned by Python, block by block
      shown = stream.html.length;
    }
    const text = tail.firstChild;
    if (text && stream.tail.startsWith(text.data)) text.appendData(stream.tail.slice(text.length));
    else tail.textContent = stream.tail;
    element.dispatchEvent(new CustomEvent("racto-grew", { bubbles: true }));
  };
  const later = () => {
    frame ||= requestAnimationFrame(show);
  };
  const end = streams.watch(id, later);
  later();
  return () => {
    end();
    cancelAnimationFrame(frame);
  };
}

/**
 * Texts that arrive: each has clean HTML for its finished blocks, and the plain `tail` that is being written.
 *
 * The kernel numbers what it adds. What does not follow on what is here is let go, and a snapshot (the trait `streams`) heals it; of
 * several views of one model, each reads the same state.
 */

// By the widget's id: each view is handed a model object of its own.
const known = new Map();

/** One text with a message applied: a delta {i, add}, or blocks that are whole {i, html, tail}. null where it does not follow. */
export function followed(stream, message) {
  if (message.i !== stream.seq) return null;
  if (message.add !== undefined) return { ...stream, seq: stream.seq + 1, tail: stream.tail + message.add };
  return { seq: stream.seq + 1, html: stream.html + message.html, tail: message.tail };
}

/** The streams of a model: `get(id)`, and `watch(id, changed)`, which gives back what ends it. */
export function streamsOf(model) {
  const name = model.get("twin");
  if (known.has(name)) return known.get(name);
  const texts = new Map();
  const watchers = new Map();
  const tell = (id, message) => (watchers.get(id) ?? new Set()).forEach((changed) => changed(texts.get(id), message));
  const snapshot = () => {
    const all = model.get("streams") ?? {};
    for (const [id, stream] of Object.entries(all)) {
      if (texts.has(id) && texts.get(id).seq >= stream.seq) continue;
      texts.set(id, stream);
      tell(id, null);
    }
    for (const id of [...texts.keys()]) if (!(id in all)) texts.delete(id);
  };
  model.on("msg:custom", (message) => {
    if (message?.t !== "stream") return;
    const next = followed(texts.get(message.id) ?? { seq: 0, html: "", tail: "" }, message);
    if (next === null) return;
    texts.set(message.id, next);
    tell(message.id, message);
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
  let frame = 0;
  const show = () => {
    frame = 0;
    const stream = streams.get(id);
    if (!stream) return;
    if (stream.html.length < shown) whole.replaceChildren(), (shown = 0);
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

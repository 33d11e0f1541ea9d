/** What a view needs of a page, in a few lines: a model that is changed as the kernel changes it. */

export const model = (parts) => {
  const heard = new Map();
  const sent = [];
  const tell = (event, ...given) => [...(heard.get(event) ?? [])].forEach((listener) => listener(...given));
  return {
    sent,
    get: (name) => parts[name],
    set(name, value) {
      parts[name] = value;
      tell(`change:${name}`);
    },
    on: (event, listener) => heard.set(event, [...(heard.get(event) ?? []), listener]),
    off: (event, listener) => heard.set(event, (heard.get(event) ?? []).filter((each) => each !== listener)),
    send: (message) => sent.push(message),
    tell,
  };
};

export const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(1)</script>"'\``;

/** Whether hostile text stands in the markup as text alone. */
export const harmless = (markup) => !/<img|<script/i.test(String(markup)) && String(markup).includes("&lt;img src=x onerror=&quot;");

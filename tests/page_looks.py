"""What is measured of a page's looks: how faint each text is, and what sticks out of a cell's output."""

LOWEST = 4.5
"""WCAG 2 level AA for text of ordinary size."""

# Colours are read through a canvas, which knows every notation; half-transparent layers are laid over each other.
FAINT = """
const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
const pen = canvas.getContext('2d', {willReadFrequently: true});
const rgba = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
const over = (top, below) => top.slice(0, 3).map((value, k) => value * top[3] + below[k] * (1 - top[3]));
const behind = (element) => { const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]); };
const light = (colour) => colour.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
const found = []; let seen = 0;
for (const index of given) for (const root of panel.content.widgets[index].outputArea.node.querySelectorAll('.jp-RenderedHTML')) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.tagName === 'STYLE') continue;
    const ground = behind(element); const ink = over(rgba(getComputedStyle(element).color), ground);
    const [a, b] = [light(ink), light(ground)]; const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    seen += 1;
    found.push({contrast: Math.round(contrast * 100) / 100, text: node.data.trim().slice(0, 30), place: element.tagName + '.' + element.className, ink: ink.map(Math.round).join(), ground: ground.map(Math.round).join()});
  }
}
return found;
"""
TOO_WIDE = """
  const frame = panel.content.widgets[given].outputArea.node.querySelector('.racto');
  const edge = frame.getBoundingClientRect().right + 1;
  const scrolls = (element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
  const within = (element) => element !== frame && (scrolls(element) || within(element.parentElement));
  return [...frame.querySelectorAll('*')]
    .filter(element => !within(element.parentElement) && element.getBoundingClientRect().right > edge)
    .map(element => element.outerHTML.slice(0, 200));
"""

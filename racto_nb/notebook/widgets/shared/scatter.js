/**
 * Points on a plane, up to 100,000 of them: drawn by WebGL, or by a 2D canvas where there is none.
 *
 * new Scatter(element, {label, colours, help, peek, open, lasso, clear}): `element` gets a canvas for the points and one above it for
 * marks. `load({from, count, total}, places, colours)` takes points (x and y in turn, about -1 to 1), `choose(numbers)` marks some, and
 * `mark({query, hits})` shows a question and its hits. `peek(number)` is told what is pointed at, `open(number)` what is clicked twice,
 * `lasso(polygon, more)` what was drawn around, as x and y in turn. Keys: arrows move a ring, [ and ] change its size, Enter chooses
 * the points in it, Space says what is nearest, + and - zoom, Home shows all, Escape chooses none.
 */

const SOFTEST = 0.2; // how far out one can zoom, and how far in
const CLOSEST = 400;

/** Where the middle of the picture lies after zooming by `factor` around (x, y). Pure. */
export function zoomed({ x, y, zoom }, factor, at) {
  const next = Math.min(CLOSEST, Math.max(SOFTEST, zoom * factor));
  const share = 1 - zoom / next;
  return { x: x + (at.x - x) * share, y: y + (at.y - y) * share, zoom: next };
}

/** The number of the point nearest to (x, y) and how far away it is; -1 where there are none. Pure. */
export function nearestOf(places, count, x, y) {
  let best = -1;
  let least = Infinity;
  for (let number = 0; number < count; number += 1) {
    const dx = places[2 * number] - x;
    const dy = places[2 * number + 1] - y;
    const apart = dx * dx + dy * dy;
    if (apart < least) [least, best] = [apart, number];
  }
  return { number: best, apart: Math.sqrt(least) };
}

/** A ring as a polygon, x and y in turn. Pure. */
export function ringOf(x, y, radius, corners = 32) {
  return Array.from({ length: corners }, (_, place) => (2 * Math.PI * place) / corners).flatMap((turn) => [x + radius * Math.cos(turn), y + radius * Math.sin(turn)]);
}

const POINT = `attribute vec2 place; attribute float colour; attribute float chosen;
uniform vec2 middle; uniform vec2 scale; uniform float size; uniform float dim; uniform vec3 colours[10]; varying vec4 ink;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = chosen > 0.5 ? size * 1.5 : size;
  ink = vec4(colours[int(colour)], chosen > 0.5 ? 1.0 : dim);
}`;
const DOT = `precision mediump float; varying vec4 ink;
void main() { if (distance(gl_PointCoord, vec2(0.5)) > 0.5) discard; gl_FragColor = vec4(ink.rgb * ink.a, ink.a); }`;

const rgb = (hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16) / 255);

function compiled(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

/** Draws points by WebGL; null where there is none. */
function painterGl(canvas, colours) {
  const gl = canvas.getContext("webgl", { antialias: false, alpha: true, premultipliedAlpha: true, powerPreference: "low-power" });
  if (!gl) return null;
  const program = gl.createProgram();
  gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, POINT));
  gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, DOT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  const at = (name) => gl.getUniformLocation(program, name);
  const buffers = ["place", "colour", "chosen"].map((name) => {
    const buffer = gl.createBuffer();
    const slot = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(slot);
    if (name === "place") gl.vertexAttribPointer(slot, 2, gl.FLOAT, false, 0, 0);
    else gl.vertexAttribPointer(slot, 1, gl.UNSIGNED_BYTE, false, 0, 0);
    return buffer;
  });
  gl.uniform3fv(at("colours"), colours.flatMap(rgb));
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const uniforms = Object.fromEntries(["middle", "scale", "size", "dim"].map((name) => [name, at(name)]));
  return {
    kind: "webgl",
    give(which, data) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers[which]);
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
    },
    draw({ view, scale, size, dim, count, width, height }) {
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(uniforms.middle, view.x, view.y);
      gl.uniform2f(uniforms.scale, scale.x, scale.y);
      gl.uniform1f(uniforms.size, size);
      gl.uniform1f(uniforms.dim, dim);
      gl.drawArrays(gl.POINTS, 0, count);
    },
    end: () => gl.getExtension("WEBGL_lose_context")?.loseContext(),
  };
}

/** The same by a 2D canvas: squares, since circles would take too long. */
function painter2d(canvas, colours) {
  const pen = canvas.getContext("2d");
  const held = [];
  return {
    kind: "2d",
    give: (which, data) => (held[which] = data),
    draw({ view, scale, size, dim, count, width, height }) {
      const [places, inks, chosen] = held;
      pen.clearRect(0, 0, width, height);
      for (const pass of [0, 1]) {
        pen.globalAlpha = pass ? 1 : dim;
        const side = pass ? size * 1.3 : size * 0.9;
        for (let ink = 0; ink < colours.length; ink += 1) {
          pen.fillStyle = colours[ink];
          for (let number = 0; number < count; number += 1) {
            if (inks[number] !== ink || chosen[number] !== pass) continue;
            const x = ((places[2 * number] - view.x) * scale.x + 1) * 0.5 * width;
            const y = (1 - (places[2 * number + 1] - view.y) * scale.y) * 0.5 * height;
            if (x > -side && y > -side && x < width + side && y < height + side) pen.fillRect(x - side / 2, y - side / 2, side, side);
          }
        }
      }
    },
    end: () => {},
  };
}

/** The view that shows all of the first `count` places, and one `more`, in a picture of this size. Pure. */
export function fitted(places, count, width, height, more = []) {
  const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  const seen = (at, value) => ((low[at] = Math.min(low[at], value)), (high[at] = Math.max(high[at], value)));
  for (let at = 0; at < 2 * count; at += 1) seen(at % 2, places[at]);
  more.forEach((value, at) => seen(at, value));
  if (!count) return { x: 0, y: 0, zoom: 1 };
  const unit = Math.min(width, height) / 2.1; // pixels of 1 at the zoom 1
  const room = Math.min((0.92 * width) / (high[0] - low[0] || 1e-6), (0.9 * height) / (high[1] - low[1] || 1e-6));
  return { x: (low[0] + high[0]) / 2, y: (low[1] + high[1]) / 2, zoom: Math.min(CLOSEST, Math.max(SOFTEST, room / unit)) };
}

export class Scatter {
  constructor(element, description) {
    Object.assign(this, { element, number: 0, count: 0, total: 0, places: new Float32Array(0), inks: new Uint8Array(0), flags: new Uint8Array(0) });
    Object.assign(this, { query: null, hits: [], view: { x: 0, y: 0, zoom: 1 }, ring: null, path: null, lassoing: false, frame: 0, ended: false }, description);
    element.classList.add("racto-scatter");
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", this.label);
    element.setAttribute("aria-description", this.help);
    this.canvas = element.appendChild(document.createElement("canvas"));
    this.above = element.appendChild(document.createElement("canvas"));
    this.later = () => {
      if (!this.ended) this.frame ||= requestAnimationFrame(() => this.draw());
    };
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.moved(event));
    element.addEventListener("pointerup", (event) => this.up(event));
    element.addEventListener("pointercancel", () => ((this.path = null), (this.held = null), this.later()));
    element.addEventListener("dblclick", (event) => this.opened(event));
    element.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    element.addEventListener("keydown", (event) => this.pressed(event));
    element.addEventListener("blur", () => ((this.ring = null), this.later()));
    this.size = new ResizeObserver(this.later);
    this.size.observe(element);
  }

  /** Points from number `from` on. With `from` 0 they are those of another map. */
  load({ from, count, total }, places, inks) {
    if (from === 0) {
      this.places = new Float32Array(2 * total);
      this.inks = new Uint8Array(total);
      this.flags = new Uint8Array(total);
      Object.assign(this, { count: 0, total, query: null, hits: [], chosen: 0, fit: true, own: false });
    }
    if (from > this.count || from + count > this.total) return;
    this.places.set(places, 2 * from);
    this.inks.set(inks, from);
    this.count = Math.max(this.count, from + count);
    this.given = false;
    this.later();
  }

  choose(numbers) {
    this.flags.fill(0);
    for (const number of numbers) if (number < this.flags.length) this.flags[number] = 1;
    this.chosen = numbers.length;
    this.given = false;
    this.later();
  }

  mark({ query, hits }) {
    Object.assign(this, { query, hits });
    this.fit ||= !this.own; // a view of the reader's own stays
    this.later();
  }

  showAll() {
    Object.assign(this, { fit: true, own: false });
    this.later();
  }

  zoom(factor, at = this.ring ?? this.view) {
    this.own = true;
    this.view = zoomed(this.view, factor, at);
    this.later();
  }

  scale() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const side = Math.min(width, height) / 2.1;
    return { x: (this.view.zoom * side * 2) / width, y: (this.view.zoom * side * 2) / height, side: this.view.zoom * side };
  }

  at(event) {
    const box = this.element.getBoundingClientRect();
    const { side } = this.scale();
    return { x: this.view.x + (event.clientX - box.left - box.width / 2) / side, y: this.view.y - (event.clientY - box.top - box.height / 2) / side };
  }

  on({ x, y }) {
    const { side } = this.scale();
    return [this.element.clientWidth / 2 + (x - this.view.x) * side, this.element.clientHeight / 2 - (y - this.view.y) * side];
  }

  nearest(at, within = 12) {
    const { number, apart } = nearestOf(this.places, this.count, at.x, at.y);
    return number >= 0 && apart * this.scale().side <= within ? number : -1;
  }

  down(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.held = { x: event.clientX, y: event.clientY, view: this.view, moved: false };
    if (this.lassoing || event.shiftKey) this.path = [this.at(event)];
  }

  moved(event) {
    if (this.held === undefined || this.held === null) return this.hovered(event);
    const dx = event.clientX - this.held.x;
    const dy = event.clientY - this.held.y;
    this.held.moved ||= Math.hypot(dx, dy) > 3;
    if (this.path) this.path.push(this.at(event));
    else [this.own, this.view] = [true, { ...this.view, x: this.held.view.x - dx / this.scale().side, y: this.held.view.y + dy / this.scale().side }];
    this.later();
  }

  hovered(event) {
    const number = this.nearest(this.at(event));
    this.element.style.cursor = number >= 0 ? "pointer" : this.lassoing ? "crosshair" : "grab";
    if (number === this.over) return;
    this.over = number;
    clearTimeout(this.resting);
    if (number >= 0) this.resting = setTimeout(() => this.peek?.(number), 120);
    this.later();
  }

  up(event) {
    const held = this.held;
    this.held = null;
    if (this.path && this.path.length > 2 && held?.moved) this.lasso?.(thinned(this.path).flatMap(({ x, y }) => [x, y]), event.ctrlKey || event.metaKey);
    else if (held && !held.moved) {
      const number = this.nearest(this.at(event));
      if (number >= 0) this.peek?.(number);
    }
    this.path = null;
    this.later();
  }

  opened(event) {
    const number = this.nearest(this.at(event));
    if (number >= 0) this.open?.(number);
  }

  /** The wheel belongs to the notebook until the map has been clicked. */
  wheeled(event) {
    if (!event.ctrlKey && !this.element.matches(":focus")) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 400), this.at(event));
  }

  pressed(event) {
    const { side } = this.scale();
    const ring = this.ring ?? { x: this.view.x, y: this.view.y, pixels: 40 };
    const step = (event.shiftKey ? 60 : 15) / side;
    const act = {
      ArrowLeft: () => (ring.x -= step), ArrowRight: () => (ring.x += step), ArrowUp: () => (ring.y += step), ArrowDown: () => (ring.y -= step),
      "[": () => (ring.pixels = Math.max(6, ring.pixels / 1.3)), "]": () => (ring.pixels = Math.min(400, ring.pixels * 1.3)),
      "+": () => this.zoom(1.4, ring), "=": () => this.zoom(1.4, ring), "-": () => this.zoom(1 / 1.4, ring), Home: () => this.showAll(),
      Enter: () => this.lasso?.(ringOf(ring.x, ring.y, ring.pixels / side), event.shiftKey),
      " ": () => this.peek?.(nearestOf(this.places, this.count, ring.x, ring.y).number),
      o: () => this.open?.(nearestOf(this.places, this.count, ring.x, ring.y).number),
      Escape: () => this.clear?.(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    this.ring = ring;
    act();
    this.later();
  }

  painter() {
    if (this.paint) return this.paint;
    this.paint = painterGl(this.canvas, this.colours);
    if (!this.paint) this.plain();
    else this.canvas.addEventListener("webglcontextlost", (event) => (event.preventDefault(), this.ended || this.plain(), this.later()));
    this.element.dataset.painter = this.paint.kind;
    return this.paint;
  }

  /** A canvas that was asked for WebGL gives nothing else: the next one is drawn on by the plain way. */
  plain() {
    const next = document.createElement("canvas");
    this.canvas.replaceWith(next);
    this.canvas = next;
    this.paint = painter2d(next, this.colours);
    this.given = false;
    this.element.dataset.painter = this.paint.kind;
  }

  draw() {
    this.frame = 0;
    const { clientWidth, clientHeight } = this.element;
    if (!clientWidth || !clientHeight || !this.total) return;
    if (this.fit) this.view = fitted(this.places, this.count, clientWidth, clientHeight, this.query ?? []);
    this.fit = false;
    const paint = this.painter();
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    for (const canvas of [this.canvas, this.above]) {
      const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    }
    if (!this.given) {
      [this.places, this.inks, this.flags].forEach((data, which) => paint.give(which, data));
      this.given = true;
    }
    const size = Math.min(9, Math.max(2.2, 260 / Math.sqrt(this.count || 1)) * Math.min(3, Math.sqrt(this.view.zoom))) * ratio;
    const dim = this.chosen ? 0.22 : this.count > 20_000 ? 0.6 : 0.85;
    paint.draw({ view: this.view, scale: this.scale(), size, dim, count: this.count, width: this.canvas.width, height: this.canvas.height });
    this.drawMarks(ratio);
    this.element.dataset.drawn = this.count;
  }

  drawMarks(ratio) {
    const pen = this.above.getContext("2d");
    const ink = getComputedStyle(this.element).color;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.above.width, this.above.height);
    Object.assign(pen, { strokeStyle: ink, fillStyle: ink, lineWidth: 1.5, font: "bold 11px system-ui, sans-serif", textAlign: "center", textBaseline: "middle" });
    if (this.query) for (const [, , x, y] of this.hits) drawLine(pen, this.on({ x: this.query[0], y: this.query[1] }), this.on({ x, y }));
    for (const [rank, , x, y] of this.hits.toReversed()) drawHit(pen, this.on({ x, y }), rank, ink, getComputedStyle(this.element).getPropertyValue("--ground"));
    if (this.query) drawQuery(pen, this.on({ x: this.query[0], y: this.query[1] }));
    if (this.over >= 0 && this.over < this.count) drawRing(pen, this.on({ x: this.places[2 * this.over], y: this.places[2 * this.over + 1] }), 7);
    if (this.ring) drawRing(pen, this.on(this.ring), this.ring.pixels, [4, 3]);
    if (this.path?.length > 1) drawPath(pen, this.path.map((at) => this.on(at)));
  }

  end() {
    this.ended = true;
    this.size.disconnect();
    cancelAnimationFrame(this.frame);
    this.paint?.end();
    this.element.replaceChildren();
  }
}

/** At most 1,000 corners of a path. Pure. */
export function thinned(path, most = 1_000) {
  const step = Math.ceil(path.length / most);
  return path.filter((_, place) => place % step === 0);
}

function drawLine(pen, [x, y], [u, v]) {
  pen.globalAlpha = 0.35;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(u, v);
  pen.stroke();
  pen.globalAlpha = 1;
}

function drawHit(pen, [x, y], rank, ink, ground) {
  pen.beginPath();
  pen.arc(x, y, 9, 0, 2 * Math.PI);
  pen.fillStyle = ground || "Canvas";
  pen.fill();
  pen.stroke();
  pen.fillStyle = ink;
  pen.fillText(String(rank), x, y + 0.5);
}

function drawQuery(pen, [x, y]) {
  pen.lineWidth = 3;
  pen.beginPath();
  for (const [dx, dy] of [[9, 0], [0, 9]]) {
    pen.moveTo(x - dx, y - dy);
    pen.lineTo(x + dx, y + dy);
  }
  pen.stroke();
  pen.lineWidth = 1.5;
}

function drawRing(pen, [x, y], radius, dashes = []) {
  pen.setLineDash(dashes);
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
  pen.setLineDash([]);
}

function drawPath(pen, corners) {
  pen.setLineDash([5, 3]);
  pen.beginPath();
  corners.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.globalAlpha = 0.1;
  pen.fill();
  pen.globalAlpha = 1;
  pen.stroke();
  pen.setLineDash([]);
}

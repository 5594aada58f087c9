// The timeline: SVG drawn from the data of the page, one call at a time.
var calls = [];
try { calls = JSON.parse(one("#data").textContent) || []; } catch (e) { calls = []; }
var UNKNOWN = 65535;

function bytesOf(text) {
  var s = atob(text), b = new Uint8Array(s.length);
  for (var i = 0; i < s.length; i++) b[i] = s.charCodeAt(i);
  return b;
}
function wordsOf(text) {
  var b = bytesOf(text), d = new DataView(b.buffer), a = new Uint16Array(b.length >> 1);
  for (var i = 0; i < a.length; i++) a[i] = d.getUint16(2 * i, true);
  return a;
}
function decode(c) {
  if (!c.steps || c.steps.done) return;
  [c.steps.up, c.steps.dn].forEach(function (s) {
    s.l = wordsOf(s.l);
    s.j = wordsOf(s.j);
    s.r = wordsOf(s.r);
    s.f = bytesOf(s.f);
  });
  c.steps.cl = c.steps.cl && wordsOf(c.steps.cl);
  c.steps.cd = c.steps.cd && wordsOf(c.steps.cd);
  c.steps.done = true;
}

function Pen(svg) { this.svg = svg; }
Pen.prototype.add = function (name, attrs, text, to) {
  var e = document.createElementNS(NS, name);
  Object.keys(attrs).forEach(function (k) { e.setAttribute(k, attrs[k]); });
  if (text !== undefined) e.textContent = text;
  (to || this.svg).appendChild(e);
  return e;
};
Pen.prototype.text = function (x, y, text, cls, anchor) {
  return this.add("text", { x: x, y: y, "class": cls || "", "text-anchor": anchor || "start" }, text);
};
Pen.prototype.titled = function (e, text) {
  if (text) this.add("title", {}, text, e);
  return e;
};

// fit cuts a label to a width, by about 6.6 px a character.
function fit(text, width) {
  var n = Math.floor(width / 6.6);
  if (text.length <= n) return text;
  return n < 4 ? "" : text.slice(0, n - 1) + "…";
}
var SCALES = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
function scaleFor(top) {
  for (var i = 0; i < SCALES.length; i++) if (top <= SCALES[i]) return SCALES[i];
  return top;
}
function niceStep(span, room) {
  var steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  for (var i = 0; i < steps.length; i++) if (span / (steps[i] * 1000) <= room) return steps[i] * 1000;
  return 86400000 * Math.ceil(span / 86400000 / room);
}
function round1(v) { return Math.round(v * 10) / 10; }

// Drawing is one call in one box: view is [from, to] in ms of its axis.
function Drawing(c, width, view, limits) {
  decode(c);
  this.c = c;
  this.w = width;
  this.narrow = width < 560;
  this.left = this.narrow ? 8 : 148;
  this.right = 12;
  this.view = view;
  this.limits = limits;
  var svg = document.createElementNS(NS, "svg");
  this.pen = new Pen(svg);
  this.svg = svg;
  this.y = 22;
  this.clip = "plot" + (++Drawing.count);
  this.flagsLane();
  this.spans("Signalling", c.sig, 4);
  this.ticks("Names (DNS)", c.dns, "lookup", "not in this capture");
  this.ticks("Proxy", c.con, "tunnel", "");
  this.tests();
  this.media("Media ↑", true);
  this.media("Media ↓", false);
  this.lines("Loss %", "l", 10, limits.loss, [0, 5, 10, 20, 50, 100], true);
  this.ledger();
  this.lines("Jitter ms", "j", 10, limits.jitter, null, false);
  this.roundTrips();
  this.strips();
  this.axis();
  this.frame();
}
Drawing.count = 0;
Drawing.prototype.x = function (t) {
  return this.left + (t - this.view[0]) / (this.view[1] - this.view[0]) * (this.w - this.left - this.right);
};
Drawing.prototype.sees = function (a, b) { return b >= this.view[0] && a <= this.view[1]; };
// lane begins a lane of a height; the note stands below its name.
Drawing.prototype.lane = function (name, note, height) {
  if (this.narrow) {
    this.pen.text(this.left, this.y + 12, name + (note ? " · " + note : ""), "dim");
    this.y += 18;
  } else {
    this.pen.text(0, this.y + 13, name);
    if (note) this.pen.text(0, this.y + 27, fit(note, 146), "dim");
    height = Math.max(height, note ? 32 : 18);
  }
  this.pen.add("path", { "class": "lane", d: "M" + (this.narrow ? 0 : this.left) + " " + (this.y + height + 3.5) + "H" + this.w });
  var y = this.y;
  this.y += height + 8;
  return y;
};
Drawing.prototype.says = function (y, text, bad) { this.pen.text(this.left + 4, y + 13, fit(text, this.w - this.left), bad ? "bad" : "dim"); };
Drawing.prototype.flagsLane = function () {
  this.top = this.y;
  if ((this.c.flags || []).length) this.y += 22;
};
Drawing.prototype.rect = function (a, b, y, h, cls, title) {
  var x0 = Math.max(this.x(a), this.left), x1 = Math.min(this.x(b), this.w - this.right);
  return this.pen.titled(this.pen.add("rect", { x: round1(x0), y: y, width: round1(Math.max(x1 - x0, 2)), height: h, "class": cls }), title);
};
Drawing.prototype.spans = function (name, list, rows) {
  var self = this, ends = [], seen;
  if (!list || !list.length) return;
  seen = list.filter(function (s) { return self.sees(s.a, s.b); });
  var y = this.lane(name, list.length + (list.length === 1 ? " connection" : " connections"), rows * 7);
  seen.forEach(function (s) {
    var r = 0;
    while (r < rows - 1 && ends[r] > s.a) r++;
    ends[r] = Math.max(ends[r] || 0, s.b + 1);
    self.rect(s.a, s.b, y + r * 7, 4, "sigbar", s.n);
  });
};
// sign draws one event: answered, silent or refused differ by shape.
Drawing.prototype.sign = function (t, y, state, title) {
  if (!this.sees(t, t)) return;
  var x = round1(this.x(t)), e;
  if (state === "ok") e = this.pen.add("circle", { cx: x, cy: y, r: 3.5, "class": "ok" });
  else if (state === "refused") e = this.pen.add("rect", { x: x - 3.5, y: y - 3.5, width: 7, height: 7, "class": "fail-b" });
  else e = this.pen.add("path", { d: "M" + (x - 3.5) + " " + (y - 3.5) + "l7 7m0-7l-7 7", "class": "fail-l" });
  this.pen.titled(e, title);
};
Drawing.prototype.ticks = function (name, list, noun, empty) {
  var self = this, n = (list || []).length;
  if (!n && !empty) return;
  var bad = (list || []).filter(function (m) { return m.s !== "ok"; }).length;
  var y = this.lane(name, n ? n + " " + noun + (n === 1 ? "" : "s") + (bad ? ", " + bad + " failed" : "") : "", 16);
  if (!n) this.says(y, empty);
  (list || []).forEach(function (m) { self.sign(m.t, y + 9, m.s, m.n); });
};
Drawing.prototype.tests = function () {
  var self = this, rows = this.c.tests || [], asked = 0, ok = 0;
  rows.forEach(function (r) { asked += r.asked; ok += r.ok; });
  var y = this.lane("Tests", rows.length ? ok + " of " + asked + " answered" : "", Math.max(rows.length, 1) * 16);
  if (!rows.length) this.says(y, "none in this time");
  rows.forEach(function (r, i) {
    var at = 0, label = r.n + ": " + r.ok + " of " + r.asked + (r.udp ? " requests answered" : " answered");
    r.m.forEach(function (m) {
      self.sign(m.t, y + 8 + i * 16, m.s, m.n);
      if (self.sees(m.t, m.t)) at = Math.max(at, self.x(m.t));
    });
    var room = 6.2 * label.length, x = (at || self.left) + 10;
    if (x + room > self.w) x = Math.max(self.w - room - 4, self.left + 4);
    self.pen.text(round1(x), y + 12 + i * 16, label, r.ok < r.asked ? "bad" : "dim");
  });
};

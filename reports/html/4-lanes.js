// Lanes of media: bars, lines, marks.
Drawing.prototype.media = function (name, up) {
  var self = this, all = (this.c.media || []), list = all.filter(function (m) { return !!m.up === up; });
  list.sort(function (a, b) { return a.a - b.a || (a.n < b.n ? -1 : 1); });
  var rows = Math.min(list.length, 12), y = this.lane(name, list.length > 12 ? list.length + " streams, 12 drawn" : "", Math.max(rows, 1) * 18);
  if (!list.length) this.says(y, "none", all.length > 0);
  list.slice(0, 12).forEach(function (m, i) {
    if (!self.sees(m.a, m.b)) return;
    var top = y + i * 18, r = self.rect(m.a, m.b, top, 15, "m-" + m.w, m.n);
    var x = +r.getAttribute("x"), w = +r.getAttribute("width");
    if (m.w.indexOf("tls") === 0) {
      var d = "", gap = m.w === "tls" ? 12 : 7;
      for (var k = 0; k < w - 8 && k < 3000; k += gap) d += "M" + round1(x + k) + " " + (top + 15) + "l8 -15";
      self.pen.add("path", { d: d, "class": "hatch" });
    }
    var label = fit(m.n, w - 8);
    if (label.length > 3) self.pen.text(round1(x + 5), top + 11.5, label, "inbar in-" + m.w);
  });
};
// points are the steps that are seen: at most two for a pixel, the lowest and the highest.
Drawing.prototype.points = function (values, div) {
  var s = this.c.steps, step = s.s * 1000, out = [], per;
  var from = Math.max(0, Math.floor((this.view[0] - s.t) / step)), to = Math.min(s.k, Math.ceil((this.view[1] - s.t) / step));
  per = Math.max(1, Math.ceil((to - from) / Math.max(this.w - this.left, 100)));
  for (var i = from; i < to; i += per) {
    var top = -1;
    for (var k = i; k < Math.min(i + per, to); k++) if (values[k] !== UNKNOWN && values[k] > top) top = values[k];
    out.push({ a: s.t + i * step, b: s.t + Math.min(i + per, to) * step, v: top < 0 ? null : top / div });
  }
  return out;
};
function some(flags, bit) {
  for (var i = 0; i < flags.length; i++) if (flags[i] & bit) return true;
  return false;
}
Drawing.prototype.lines = function (name, key, div, limit, fixed, loss) {
  var c = this.c, self = this, s = c.steps, up, down, top = 0, h = 58;
  var note = s && !s.ro ? "worst stream, " + (s.s === 1 ? "1 s" : s.s + " s") : "";
  if (!s || s.ro) { this.says(this.lane(name, "", 18), c.hidden || "not measured"); return; }
  up = this.points(s.up[key], div);
  down = this.points(s.dn[key], div);
  up.concat(down).forEach(function (p) { if (p.v !== null) top = Math.max(top, p.v); });
  var any = up.concat(down).some(function (p) { return p.v !== null; });
  if (!any) {
    var gap = loss && (some(s.up.f, 1) || some(s.dn.f, 1));
    this.says(this.lane(name, "", 18), gap ? "not judged: the capture itself lacks packets" : "not measured in this time");
    return;
  }
  var max = scaleFor(Math.max(top, limit && limit.v * 1.2 > top && !loss ? Math.min(limit.v, 50) : 0, loss ? 10 : 20));
  var y = this.lane(name, note, h), yOf = function (v) { return y + h - Math.min(v / max, 1) * h; };
  this.pen.text(this.narrow ? this.w - this.right : this.left - 6, y + 10, String(max), "dim", "end");
  this.pen.text(this.narrow ? this.w - this.right : this.left - 6, y + h, "0", "dim", "end");
  var area = "", edge = "", thin = "", last = null;
  down.forEach(function (p) {
    if (p.v === null) { last = null; return; }
    var x0 = round1(self.x(Math.max(p.a, self.view[0]))), x1 = round1(self.x(Math.min(p.b, self.view[1]))), yy = round1(yOf(p.v));
    if (p.v > 0) area += "M" + x0 + " " + (y + h) + "V" + yy + "H" + x1 + "V" + (y + h) + "z";
    edge += (last === null ? "M" + x0 + " " + yy : "V" + yy) + "H" + x1;
    last = yy;
  });
  last = null;
  up.forEach(function (p) {
    if (p.v === null) { last = null; return; }
    var x0 = round1(self.x(Math.max(p.a, self.view[0]))), x1 = round1(self.x(Math.min(p.b, self.view[1]))), yy = round1(yOf(p.v));
    thin += (last === null ? "M" + x0 + " " + yy : "V" + yy) + "H" + x1;
    last = yy;
  });
  this.pen.add("path", { d: area, "class": "l-down" });
  this.pen.add("path", { d: edge, "class": "l-down2" });
  this.pen.add("path", { d: thin, "class": "l-up" });
  [[limit, "poor from "], [self.limits[loss ? "lossWatch" : "jitterWatch"], "watch from "]].forEach(function (l) {
    if (!l[0] || l[0].v > max) return;
    var yy = round1(yOf(l[0].v));
    self.pen.add("path", { d: "M" + self.left + " " + yy + "H" + (self.w - self.right), "class": "limit" });
    self.pen.text(self.w - self.right - (self.narrow ? 30 : 2), yy - 3 < y + 8 ? yy + 11 : yy - 3, l[1] + l[0].v + l[0].u, "bad", "end");
  });
};
// ledger is what was lost on either side of the capture point: above the line towards the client, below to the cloud.
Drawing.prototype.ledger = function () {
  var self = this, s = this.c.steps, h = 44, top = 0, client, cloud;
  if (!s || s.ro) return;
  if (!s.cl) {
    if (s.un) this.says(this.lane("Lost where", "", 18), "not known: " + s.un);
    return;
  }
  client = this.points(s.cl, 10);
  cloud = this.points(s.cd, 10);
  client.concat(cloud).forEach(function (p) { if (p.v !== null) top = Math.max(top, p.v); });
  var max = scaleFor(Math.max(top, 5)), y = this.lane("Lost where %", "all streams, " + (s.s === 1 ? "1 s" : s.s + " s"), h), mid = y + h / 2;
  this.pen.text(this.narrow ? this.w - this.right : this.left - 6, y + 10, String(max), "dim", "end");
  function bars(list, sign) {
    var d = "", none = "";
    list.forEach(function (p) {
      var x0 = round1(self.x(Math.max(p.a, self.view[0]))), x1 = round1(self.x(Math.min(p.b, self.view[1])));
      if (p.v === null) none += "M" + x0 + " " + (mid - sign * 2) + "H" + x1;
      else if (p.v > 0) d += "M" + x0 + " " + mid + "V" + round1(mid - sign * Math.max(p.v / max * h / 2, 1.5)) + "H" + x1 + "V" + mid + "z";
    });
    self.pen.add("path", { d: d, "class": "l-lost" });
    self.pen.add("path", { d: none, "class": "l-none" });
  }
  bars(client, 1);
  bars(cloud, -1);
  this.pen.add("path", { d: "M" + this.left + " " + mid + "H" + (this.w - this.right), "class": "l-here" });
  this.pen.text(this.left + 4, y + 10, "client – here", "dim");
  this.pen.text(this.left + 4, y + h - 1, "here – cloud", "dim");
};
Drawing.prototype.roundTrips = function () {
  var self = this, list = this.c.rtt || [], h = 40, top = 0;
  var note = this.c.rttmed !== undefined ? "median " + round1(this.c.rttmed) + " ms" : "";
  if (!list.length) {
    this.says(this.lane("Round trip ms", note, 18), note ? (this.c.rtttcp ? "to the cloud and back, as TCP tells it; not kept over time" : "the times of the answers were not kept") : this.c.steps && !this.c.steps.ro ? "no STUN answers to measure it by" : this.c.hidden || "no STUN answers to measure it by");
    return;
  }
  list.forEach(function (p) { top = Math.max(top, p[1]); });
  var limit = this.limits.rtt, max = scaleFor(Math.max(top, 50)), y = this.lane("Round trip ms", note, h);
  this.pen.text(this.narrow ? this.w - this.right : this.left - 6, y + 10, String(max), "dim", "end");
  list.forEach(function (p) {
    if (!self.sees(p[0], p[0])) return;
    self.pen.titled(self.pen.add("circle", { cx: round1(self.x(p[0])), cy: round1(y + h - Math.min(p[1] / max, 1) * h), r: 3, "class": "rttdot" }), p[1] + " ms");
  });
  if (limit && limit.v <= max) {
    var yy = round1(y + h - limit.v / max * h);
    this.pen.add("path", { d: "M" + this.left + " " + yy + "H" + (this.w - this.right), "class": "limit" });
    this.pen.text(this.w - this.right - 2, yy + 11, "poor from " + limit.v + " ms", "bad", "end");
  }
};
Drawing.prototype.strips = function () {
  var self = this, list = (this.c.marks || []).slice(0, 24);
  list.sort(function (a, b) { return (b.up ? 1 : 0) - (a.up ? 1 : 0) || (a.n < b.n ? -1 : a.n > b.n ? 1 : a.a - b.a); });
  var rows = [], labels = {};
  list.forEach(function (m) {
    var key = (m.up ? "↑" : "↓") + m.n.split(" ")[0], r;
    for (r = 0; r < rows.length; r++) if (rows[r].key === key && rows[r].end <= m.a) break;
    if (r === rows.length) rows.push({ key: key });
    rows[r].end = m.b;
    labels[r] = (labels[r] || []).concat(m);
  });
  var y = this.lane("Marks (DSCP)", "", Math.max(rows.length, 1) * 17);
  if (!list.length) this.says(y, "not seen");
  rows.forEach(function (row, i) {
    labels[i].forEach(function (m) {
      if (!self.sees(m.a, m.b)) return;
      var r = self.rect(m.a, m.b, y + i * 17, 14, "strip", m.n), w = +r.getAttribute("width");
      var label = fit((m.up ? "↑ " : "↓ ") + m.n, w - 8);
      if (label.length > 3) self.pen.text(+r.getAttribute("x") + 5, y + i * 17 + 11, label);
    });
  });
};
Drawing.prototype.axis = function () {
  var span = this.view[1] - this.view[0], wide = this.w - this.left - this.right;
  var step = niceStep(span, Math.max(wide / 90, 1)), t0 = this.c.t0, first = Math.ceil((t0 + this.view[0]) / step) * step - t0;
  var d = "";
  for (var t = first; t <= this.view[1]; t += step) {
    var x = round1(this.x(t));
    d += "M" + x + " " + this.top + "V" + this.y;
    if (x > this.left + 20 && x < this.w - 30) this.pen.text(x, this.y + 14, clock(t0 + t), "dim", "middle");
  }
  var g = this.pen.add("path", { d: d, "class": "grid" });
  this.svg.insertBefore(g, this.svg.firstChild);
  if (!this.narrow) this.pen.text(0, this.y + 14, "Time, " + zoneName(), "dim");
};
// frame draws what crosses all lanes: gaps of the capture and flags.
Drawing.prototype.frame = function () {
  var self = this, used = -100;
  (this.c.gaps || []).forEach(function (g) {
    if (self.sees(g.a, g.b)) self.rect(g.a, g.b, self.top, self.y - self.top, "gapbar", "the sensor captured nothing");
  });
  if ((this.c.gaps || []).length) this.pen.text(this.left, 12, "Grey: the sensor captured nothing.", "dim");
  (this.c.flags || []).slice().sort(function (a, b) { return a.t - b.t; }).forEach(function (f) {
    if (!self.sees(f.t, f.t)) return;
    var x = round1(self.x(f.t)), at = Math.max(Math.min(x - 9, self.w - 22), used + 2);
    self.pen.add("path", { d: "M" + x + " " + (self.top + 16) + "V" + self.y, "class": "flagline" });
    self.pen.titled(self.pen.add("rect", { x: at, y: self.top - 2, width: 18, height: 18, rx: 3, "class": "flagbox" }), f.n);
    self.pen.text(at + 9, self.top + 11, String(f.c), "flagtext", "middle");
    used = at + 18;
    if (self.c.flags.length === 1) {
      var room = self.w - at - 26, label = fit(f.n, room);
      self.pen.text(label ? at + 24 : at - 6, self.top + 11, label || fit(f.n, at - self.left - 6), "bad", label ? "start" : "end");
      used = 1e6;
    }
  });
  this.h = this.y + 22;
  this.svg.setAttribute("viewBox", "0 0 " + this.w + " " + this.h);
  this.svg.setAttribute("width", this.w);
  this.svg.setAttribute("height", this.h);
};

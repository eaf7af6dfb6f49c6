// One plot as a figure: drawn by uPlot, or as a table of the same figures.
// The chart is a slider over time: arrows move through its points and lines, Enter opens the posts.
import { bucketName, postsIn, tickName } from "./buckets.js";
import { button, link, make } from "./elements.js";
import { number, percent, text as words } from "./texts.js";

const HEIGHT_PX = 260;
const FONT = "12px system-ui, sans-serif";
const WHOLE_STEPS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((power) => [power, 2 * power, 5 * power]);
const DASHES = [[], [8, 4], [2, 3]];
const COLOURS = 8;
// More lines than that are hidden at first.
const MOST_SHOWN = 8;
const MOST_POINTS = 100;
const UNITS = {
  count: { say: (value) => number(value), least: 0, steps: WHOLE_STEPS },
  share: { say: (value) => percent(value), least: 0, most: 1 },
  score: { say: (value) => number(value, 2), least: -1, most: 1, whole: true },
  number: { say: (value) => number(value, 1) },
};

const charts = new Set();

// Takes away what was drawn, with what listens to the window.
export function clearCharts() {
  for (const chart of charts) chart.destroy();
  charts.clear();
}

export function chartFigure(plot, answer) {
  const drawn = { ...plot, lines: plot.lines.map((line, index) => ({ ...line, ...look(line, index) })) };
  const slider = make("div", "chart");
  const reading = make("p", "quiet at-point");
  const figure = make("figure", "card plot", make("figcaption", "", plot.title), slider, reading);
  const point = new Point(draw(drawn, answer, slider), drawn, answer, slider, reading);
  reading.before(legend(point));
  return figure;
}

export function tableFigure({ title, unit, lines }, answer) {
  const head = make("tr", "", ...[words(`buckets.${answer.bucket}`), ...lines.map(({ name }) => name)].map(column));
  const rows = answer.buckets.map((time, at) => {
    const first = make("th", "", link(postsIn(answer, at, {}), bucketName(time, answer.bucket)));
    first.scope = "row";
    return make("tr", "", first, ...lines.map(({ values }) => make("td", "", said(values[at], unit))));
  });
  const table = make("table", "", make("caption", "", title), make("thead", "", head), make("tbody", "", ...rows));
  const region = make("div", "scroll", table);
  Object.assign(region, { tabIndex: 0, role: "region", ariaLabel: title });
  return make("figure", "card plot", region);
}

function column(name) {
  const cell = make("th", "", name);
  cell.scope = "col";
  return cell;
}

const said = (value, unit) => (value === null ? "–" : UNITS[unit].say(value));

// No line is told by its colour alone.
const look = ({ colour }, index) => ({
  colour: colour ? `--${colour}` : `--line-${(index % COLOURS) + 1}`,
  dash: index % DASHES.length,
});

const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw({ unit, lines }, { buckets }, slider) {
  const axis = { stroke: colourOf("--quiet"), font: FONT, grid: { stroke: colourOf("--line"), width: 1 }, ticks: { show: false } };
  const options = {
    width: 600, height: HEIGHT_PX, legend: { show: false },
    cursor: { drag: { x: false, y: false }, focus: { prox: HEIGHT_PX }, y: false },
    focus: { alpha: 0.35 },
    scales: { x: { time: true }, y: { range: (_, low, high) => range(UNITS[unit], low, high) } },
    series: [{}, ...lines.map(({ name, colour, dash, values }, index) => ({
      label: name, show: index < MOST_SHOWN, stroke: colourOf(colour), width: 2, dash: DASHES[dash],
      points: {
        show: buckets.length < MOST_POINTS, size: 6, fill: colourOf("--card"),
        filter: (_, __, isShown) => (isShown ? null : lonely(values)),
      },
    }))],
    axes: [
      { ...axis, size: 30, values: (_, ticks, __, ___, apart) => ticks.map((tick) => tickName(tick, apart)) },
      { ...axis, values: (_, ticks) => ticks.map((tick) => said(tick, unit)), size: width, ...steps(UNITS[unit]) },
    ],
  };
  const times = buckets.map((time) => Date.parse(time) / 1000);
  const chart = new uPlot(options, [times, ...lines.map(({ values }) => values)], slider);
  charts.add(chart);
  new ResizeObserver(() => chart.setSize({ width: slider.clientWidth, height: HEIGHT_PX })).observe(slider);
  return chart;
}

// The points that no line leads to or from: without a dot nobody would see them.
const lonely = (values) => [...values.keys()].filter((at) =>
  values[at] !== null && (values[at - 1] ?? values[at + 1] ?? null) === null);

function range({ least, most, whole }, low, high) {
  if (whole) return [least, most];
  if (low === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) / 10;
  return [least ?? low - room, Math.min(high + room, most ?? Infinity)];
}

const steps = ({ steps: incrs }) => (incrs ? { incrs } : {});
const width = (_, names) => 16 + 7 * Math.max(3, ...(names ?? []).map((name) => name.length));

// The point that is looked at: by the mouse, or by the arrows of the keyboard.
class Point {
  constructor(chart, plot, answer, slider, reading) {
    Object.assign(this, { chart, plot, answer, slider, reading });
    [this.at, this.row, this.isMoving] = [answer.buckets.length - 1, 0, false];
    Object.assign(slider, {
      tabIndex: 0, role: "slider", ariaLabel: plot.title, ariaDescription: words("trends.keys"),
      ariaValueMin: 0, ariaValueMax: this.at,
    });
    this.listen();
    this.show();
  }

  listen() {
    const last = this.answer.buckets.length - 1;
    const keys = {
      ArrowLeft: () => this.move(Math.max(this.at - 1, 0), this.row), Home: () => this.move(0, this.row),
      ArrowRight: () => this.move(Math.min(this.at + 1, last), this.row), End: () => this.move(last, this.row),
      ArrowUp: () => this.move(this.at, this.beside(-1)), ArrowDown: () => this.move(this.at, this.beside(1)),
      Enter: () => this.open(),
    };
    this.slider.addEventListener("keydown", (event) => {
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
    this.chart.over.addEventListener("click", () => this.open());
    this.chart.hooks.setCursor = [({ cursor }) => this.follow(cursor.idx, this.row)];
    this.chart.hooks.setSeries = [(_, index, { focus }) => focus && index !== null && this.follow(this.at, index - 1)];
  }

  get shown() {
    return this.plot.lines.filter((_, row) => this.chart.series[row + 1].show);
  }

  // The next line above or below in the legend that is not hidden; the same where there is none.
  beside(step) {
    const { series } = this.chart;
    let row = this.row + step;
    while (series[row + 1]?.show === false) row += step;
    return row in this.plot.lines ? row : this.row;
  }

  // The mouse is at a point; what the keyboard moves is no mouse.
  follow(at, row) {
    if (this.isMoving || at === null || at === undefined) return;
    [this.at, this.row] = [at, row];
    this.show();
  }

  move(at, row) {
    [this.at, this.row] = [at, row];
    const value = this.plot.lines[row].values[at];
    this.isMoving = true;
    this.chart.setCursor({
      left: this.chart.valToPos(this.chart.data[0][at], "x"), top: value === null ? 0 : this.chart.valToPos(value, "y") });
    this.isMoving = false;
    this.show();
  }

  show() {
    const say = ({ name, values }) => `${name} ${said(values[this.at], this.plot.unit)}`;
    const time = bucketName(this.answer.buckets[this.at], this.answer.bucket);
    this.reading.textContent = [time, ...this.shown.map(say)].join(" · ");
    this.slider.ariaValueNow = this.at;
    this.slider.ariaValueText = `${time}: ${say(this.plot.lines[this.row])}`;
  }

  open() {
    location.assign(postsIn(this.answer, this.at, this.plot.lines[this.row].conditions));
  }
}

// The lines with their values over the whole range, each to be hidden and shown.
function legend(point) {
  const list = make("ul", "lines");
  list.ariaLabel = words("trends.lines");
  list.append(...point.plot.lines.map((line, row) => make("li", "", toggle(line, row, point))));
  return list;
}

function toggle({ name, colour, dash, total }, row, point) {
  const swatch = make("span", `line dash-${dash}`);
  swatch.style.borderColor = `var(${colour})`;
  const element = button(swatch, () => {
    const isShown = element.ariaPressed !== "true";
    element.ariaPressed = isShown;
    point.chart.setSeries(row + 1, { show: isShown });
    point.show();
  });
  element.append(name, make("small", "quiet", ` ${said(total, point.plot.unit)}`));
  element.ariaPressed = point.chart.series[row + 1].show;
  return element;
}

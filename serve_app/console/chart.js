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
  const lines = plot.lines.map((line, index) => ({ ...line, ...look(line, index) }));
  const slider = make("div", "chart");
  const reading = make("p", "quiet at-point");
  const figure = make("figure", "card plot", make("figcaption", "", plot.title), slider, reading);
  const chart = draw({ ...plot, lines }, answer, slider);
  point(chart, { ...plot, lines }, answer, slider, reading);
  reading.before(legend(chart, { ...plot, lines }));
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
    series: [{}, ...lines.map(({ name, colour, dash }) => ({
      label: name, stroke: colourOf(colour), width: 2, dash: DASHES[dash],
      points: { show: buckets.length < 100, size: 6, fill: colourOf("--card") },
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

function range({ least, most, whole }, low, high) {
  if (whole) return [least, most];
  if (low === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) / 10;
  return [least ?? low - room, Math.min(high + room, most ?? Infinity)];
}

const steps = ({ steps: incrs }) => (incrs ? { incrs } : {});
const width = (_, names) => 16 + 7 * Math.max(3, ...(names ?? []).map((name) => name.length));

// The point that is looked at: by the mouse, or by the arrows of the keyboard.
function point(chart, { title, unit, lines }, answer, slider, reading) {
  let [at, row, isMoving] = [answer.buckets.length - 1, 0, false];
  const show = () => {
    const values = lines.map(({ name, values }) => `${name} ${said(values[at], unit)}`);
    const time = bucketName(answer.buckets[at], answer.bucket);
    reading.textContent = [time, ...values].join(" · ");
    slider.ariaValueNow = at;
    slider.ariaValueText = `${time}: ${values[row]}`;
  };
  const move = (next, nextRow) => {
    [at, row] = [clamp(next, answer.buckets.length), clamp(nextRow, lines.length)];
    const value = lines[row].values[at];
    isMoving = true;
    chart.setCursor({ left: chart.valToPos(chart.data[0][at], "x"), top: value === null ? 0 : chart.valToPos(value, "y") });
    isMoving = false;
    show();
  };
  const open = () => location.assign(postsIn(answer, at, lines[row].conditions));
  const keys = {
    ArrowLeft: () => move(at - 1, row), ArrowRight: () => move(at + 1, row),
    ArrowUp: () => move(at, row - 1), ArrowDown: () => move(at, row + 1),
    Home: () => move(0, row), End: () => move(answer.buckets.length - 1, row), Enter: open,
  };
  Object.assign(slider, {
    tabIndex: 0, role: "slider", ariaLabel: title, ariaValueMin: 0, ariaValueMax: answer.buckets.length - 1,
    ariaDescription: words("trends.keys"),
  });
  slider.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  chart.hooks.setCursor = [({ cursor }) => {
    if (isMoving || cursor.idx === null || cursor.idx === undefined) return;
    at = cursor.idx;
    show();
  }];
  chart.hooks.setSeries = [(_, index, { focus }) => {
    if (isMoving || !focus || index === null) return;
    row = index - 1;
    show();
  }];
  chart.over.addEventListener("click", open);
  show();
}

const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);

// The lines with their values over the whole range, each to be hidden and shown.
function legend(chart, { unit, lines }) {
  const list = make("ul", "lines");
  list.ariaLabel = words("trends.lines");
  list.append(...lines.map(({ name, colour, dash, total }, index) => {
    const swatch = make("span", `line dash-${dash}`);
    swatch.style.borderColor = `var(${colour})`;
    const toggle = button("", () => {
      const isShown = toggle.ariaPressed !== "true";
      toggle.ariaPressed = isShown;
      chart.setSeries(index + 1, { show: isShown });
    });
    toggle.append(swatch, name, make("small", "quiet", ` ${said(total, unit)}`));
    toggle.ariaPressed = true;
    return make("li", "", toggle);
  }));
  return list;
}

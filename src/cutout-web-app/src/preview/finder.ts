/** A finder chart: one stamp with everything that it takes to use it, as a PNG or a PDF. */
import { bandText } from "../bands";
import type { Outcome } from "../api/types";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import { barLength, compass } from "./geometry";
import { paint, paintBar } from "./previewPaint";
import { inkOn, type Look, type Scheme } from "./colours";
import type { PalettePicture } from "./png";
import { pictureAsPdf } from "./pdf";
import { endsText, rangeOf } from "./scale";

const SIDE = 640;
const MARGIN = 40;
const HEAD = 96;
const FOOT = 76;

/** A chart for print has pixels so much finer than one for the screen. */
const FINER = 3;
const SCREEN_PIXELS_PER_INCH = 96;

export interface Chart {
  row: Outcome;
  picture: PalettePicture;
  look: Look;
  /** The noise that the scale counts in. */
  sigma: number;
  title: string;
}

/** The chart as a PNG for notes and mails. */
export function chartPng(chart: Chart): Promise<Blob> {
  const canvas = drawChart(chart, 1);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("this browser cannot write PNG"))), "image/png");
  });
}

/** The chart as a PDF for print. */
export function chartPdf(chart: Chart): Promise<Blob> {
  const canvas = drawChart(chart, FINER);
  const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
  if (!pixels) return Promise.reject(new Error("this browser cannot draw"));
  return pictureAsPdf(pixels, FINER * SCREEN_PIXELS_PER_INCH, chart.title);
}

/** Signs over the stamp, and what sets them off from it. */
const INKS: Record<Scheme, Ink> = {
  dark: { line: "#16202c", halo: "rgb(255 255 255 / 75%)" },
  light: { line: "#ffffff", halo: "rgb(0 0 0 / 75%)" },
};

interface Ink {
  line: string;
  halo: string;
}

/** Draws the chart, always in dark ink on white; over the stamp in what stands out from its colours. */
function drawChart({ row, picture, look, sigma, title }: Chart, finer: number): HTMLCanvasElement {
  const height = Math.round((SIDE * picture.height) / picture.width);
  const canvas = document.createElement("canvas");
  canvas.width = finer * (SIDE + 2 * MARGIN);
  canvas.height = finer * (HEAD + height + FOOT);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw");
  context.scale(finer, finer);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawHead(context, row, title);
  const range = rangeOf(row);
  const stamp = document.createElement("canvas");
  paint(stamp, picture, range, sigma, look);
  context.imageSmoothingEnabled = false;
  context.drawImage(stamp, MARGIN, HEAD, SIDE, height);
  context.strokeStyle = "#16202c";
  context.strokeRect(MARGIN - 0.5, HEAD - 0.5, SIDE + 1, height + 1);
  const ink = INKS[inkOn(look.map)];
  drawTarget(context, row, picture, ink);
  drawSigns(context, row, height, ink);
  context.strokeStyle = context.fillStyle = INKS.dark.line;
  drawBar(context, look, endsText(range, sigma, look.sigma), HEAD + height + 24);
  return canvas;
}

/** Four ticks around the target, which leave its pixels free. Pictures of few pixels are stored enlarged by a whole factor. */
function drawTarget(context: CanvasRenderingContext2D, { targ_x: x, targ_y: y, xsize, pixel_scale: scale }: Outcome, { width, height }: PalettePicture, ink: Ink): void {
  if (x === null || y === null || !scale) return;
  const factor = Math.max(1, Math.round((width * scale) / xsize));
  const pixel = (SIDE * factor) / width;
  const [left, top] = [MARGIN + (x - 0.5) * pixel, HEAD + (height / factor - y + 0.5) * pixel];
  for (const [style, thick] of [[ink.halo, 5], [ink.line, 2]] as const) {
    context.strokeStyle = style;
    context.lineWidth = thick;
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) line(context, left + 16 * dx, top + 16 * dy, left + 36 * dx, top + 36 * dy);
  }
}

function font(context: CanvasRenderingContext2D, size: number, weight = 400): void {
  context.font = `${weight} ${size}px system-ui, "DejaVu Sans", sans-serif`;
}

function drawHead(context: CanvasRenderingContext2D, row: Outcome, title: string): void {
  context.fillStyle = "#16202c";
  context.textBaseline = "alphabetic";
  font(context, 24, 600);
  context.fillText(title, MARGIN, 40, SIDE);
  font(context, 15);
  context.fillStyle = "#4a5866";
  const date = row.date_beg ? `, ${row.date_beg.slice(0, 10)}` : "";
  const name = title === row.objid ? "" : `${row.objid}, `;
  context.fillText(`${name}${bandText(row.band)}, ${row.filetype} ${row.obsid}${date}`, MARGIN, 62, SIDE);
  context.fillText(
    `${formatRa(row.ra)} ${formatDec(row.dec)}   (${formatDegrees(row.ra)}° ${formatDegrees(row.dec)}°, ICRS)`,
    MARGIN,
    82,
    SIDE,
  );
}

function drawSigns(context: CanvasRenderingContext2D, row: Outcome, height: number, ink: Ink): void {
  const perArcmin = SIDE / row.xsize;
  const bottom = HEAD + height - 18;
  context.lineWidth = 2.5;
  context.strokeStyle = context.fillStyle = ink.line;
  font(context, 15, 600);
  const length = barLength(row.xsize);
  line(context, MARGIN + 18, bottom, MARGIN + 18 + length * perArcmin, bottom);
  context.textAlign = "left";
  context.fillText(length < 1 ? `${length * 60}\u2033` : `${length}\u2032`, MARGIN + 18, bottom - 8);
  if (row.beam) {
    const radius = (row.beam * perArcmin) / 2;
    context.beginPath();
    context.arc(MARGIN + SIDE - 18 - radius, bottom - radius, radius, 0, 2 * Math.PI);
    context.stroke();
    context.textAlign = "right";
    context.fillText(`beam ${row.beam}\u2032`, MARGIN + SIDE - 26 - 2 * radius, bottom);
  }
  const ways = compass(row);
  if (!ways) return;
  const [cx, cy] = [MARGIN + 66, HEAD + 66];
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [way, [dx, dy]] of Object.entries(ways)) {
    line(context, cx, cy, cx + 38 * dx, cy + 38 * dy);
    context.fillText(way === "north" ? "N" : "E", cx + 50 * dx, cy + 50 * dy);
  }
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function drawBar(context: CanvasRenderingContext2D, look: Look, ends: string, top: number): void {
  const bar = document.createElement("canvas");
  paintBar(bar, look);
  context.imageSmoothingEnabled = true;
  context.drawImage(bar, MARGIN, top, SIDE, 14);
  context.lineWidth = 1;
  context.strokeRect(MARGIN - 0.5, top - 0.5, SIDE + 1, 15);
  font(context, 14);
  context.textBaseline = "top";
  context.textAlign = "left";
  context.fillText(ends.replace("±", "\u2212"), MARGIN, top + 20);
  context.textAlign = "center";
  context.fillText("0", MARGIN + SIDE / 2, top + 20);
  context.textAlign = "right";
  context.fillText(ends.replace("±", "+"), MARGIN + SIDE, top + 20);
}

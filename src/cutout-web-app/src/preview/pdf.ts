/** A picture as a PDF of one page, without loss: for referees, proposals and logbooks. */

const POINTS_PER_INCH = 72;

/**
 * Writes a PDF (ISO 32000-1, sections 7.5 and 8.9) whose page is a picture of so many pixels an inch.
 * The title is what viewers show for it.
 */
export async function pictureAsPdf(picture: ImageData, pixelsPerInch: number, title: string): Promise<Blob> {
  const { width, height } = picture;
  const [wide, high] = [width, height].map((pixels) => ((pixels * POINTS_PER_INCH) / pixelsPerInch).toFixed(2));
  const pixels = await deflated(rgbOf(picture));
  const drawing = `q ${wide} 0 0 ${high} 0 0 cm /Picture Do Q`;
  const objects: (string | Uint8Array<ArrayBuffer>)[][] = [
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${wide} ${high}] /Resources << /XObject << /Picture 5 0 R >> >> /Contents 4 0 R >>`],
    [`<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`],
    [
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode /Length ${pixels.length} >>\nstream\n`,
      pixels,
      "\nendstream",
    ],
    [`<< /Title ${textString(title)} >>`],
  ];
  return assembled(objects);
}

function assembled(objects: readonly (string | Uint8Array<ArrayBuffer>)[][]): Blob {
  const parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  let length = 0;
  const add = (part: string | Uint8Array<ArrayBuffer>): void => {
    parts.push(part);
    length += part.length;
  };
  add("%PDF-1.4\n");
  const offsets = objects.map((object, at) => {
    const offset = length;
    for (const part of [`${at + 1} 0 obj\n`, ...object, "\nendobj\n"]) add(part);
    return offset;
  });
  const table = length;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`);
  add(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info ${objects.length} 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return new Blob(parts, { type: "application/pdf" });
}

/** A text in UTF-16, as hexadecimal digits, so that any character may stand in it. */
function textString(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, "0"));
  return `<feff${units.join("")}>`;
}

function rgbOf({ data }: ImageData): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) rgb.set(data.subarray(from, from + 3), to);
  return rgb;
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

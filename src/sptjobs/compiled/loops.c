/* Loops over the pixels of many stamps at once, without the interpreter and without its lock.
 *
 * Each does what NumPy does in the module that calls it, bit by bit: no sum is contracted, none
 * is taken in another order where that would show. Buffers are given in the order of this
 * machine's bytes; every index is compared with its buffer before a byte of it is touched.
 */
#include "texts.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define CARD 80
#define DIGITS 10

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BIG32(v) (v)
#define BIG64(v) (v)
#else
#define BIG32(v) __builtin_bswap32(v)
#define BIG64(v) __builtin_bswap64(v)
#endif

/* On processors that have wider registers loops use them: which, is found when this is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* Copy numbers between the order of FITS and that of this machine. */
WIDE static void
swapped_copy(char *to, const char *from, Py_ssize_t count, int itemsize)
{
    if (itemsize == 4) {
        for (Py_ssize_t n = 0; n < count; n++) {
            uint32_t v;
            memcpy(&v, from + 4 * n, 4);
            v = BIG32(v);
            memcpy(to + 4 * n, &v, 4);
        }
    } else {
        for (Py_ssize_t n = 0; n < count; n++) {
            uint64_t v;
            memcpy(&v, from + 8 * n, 8);
            v = BIG64(v);
            memcpy(to + 8 * n, &v, 8);
        }
    }
}

static int
is_size(int itemsize)
{
    if (itemsize == 4 || itemsize == 8)
        return 1;
    PyErr_SetString(PyExc_ValueError, "pixels have 4 or 8 bytes");
    return 0;
}

static int
refused(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return 0;
}

typedef struct {
    int64_t x0, y0, x1, y1;
} Box;

static int
boxes_fit(const Box *boxes, const int64_t *starts, Py_ssize_t count, int64_t rows,
          int64_t columns, int64_t ny, int64_t nx)
{
    for (Py_ssize_t n = 0; n < count; n++) {
        Box b = boxes[n];
        int64_t y = starts[2 * n], x = starts[2 * n + 1];
        if (b.x0 < 0 || b.y0 < 0 || b.x1 <= b.x0 || b.y1 <= b.y0 || b.x1 > columns ||
            b.y1 > rows || x < 0 || y < 0 || x > nx - (b.x1 - b.x0) || y > ny - (b.y1 - b.y0))
            return refused("a window does not lie on its image and in its layer");
    }
    return 1;
}

/* Ask for the rows of a window before they are needed: each lies in a page of its own. */
static void
fetch(const char *image, Box b, int64_t columns, int itemsize)
{
#ifdef __GNUC__
    for (int64_t y = b.y0; y < b.y1; y++) {
        const char *row = image + (y * columns + b.x0) * itemsize;
        const char *end = image + (y * columns + b.x1) * itemsize;
        for (; row < end; row += 64)
            __builtin_prefetch(row);
        __builtin_prefetch(end - 1);
    }
#else
    (void)image, (void)b, (void)columns, (void)itemsize;
#endif
}

PyDoc_STRVAR(copy_windows_doc,
"copy_windows(image, columns, itemsize, boxes, starts, layers, ny, nx)\n--\n\n"
"Copy boxes of a big-endian image, whose pixels ``image`` are, into layers of (ny, nx).\n\n"
"``boxes`` are (x0, y0, x1, y1) and ``starts`` (row, column) of each in its layer, 64 bits each.");

static PyObject *
copy_windows(PyObject *self, PyObject *args)
{
    Py_buffer image, boxes, starts, layers;
    Py_ssize_t columns, ny, nx;
    int itemsize, good = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*niy*y*w*nn", &image, &columns, &itemsize, &boxes, &starts,
                          &layers, &ny, &nx))
        return NULL;
    Py_ssize_t count = boxes.len / (Py_ssize_t)sizeof(Box);
    if (!is_size(itemsize))
        ;
    else if (columns <= 0 || ny <= 0 || nx <= 0 || nx > layers.len || ny > layers.len / nx ||
             starts.len < 16 * count || layers.len / (ny * nx) / itemsize < count)
        refused("shapes and sizes do not agree");
    else
        good = boxes_fit(boxes.buf, starts.buf, count, image.len / itemsize / columns, columns,
                         ny, nx);
    if (good) {
        const Box *box = boxes.buf;
        const int64_t *start = starts.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t n = 0; n < count; n++) {
            Box b = box[n];
            if (n + 1 < count)
                fetch(image.buf, box[n + 1], columns, itemsize);
            char *to = (char *)layers.buf +
                       ((n * ny + start[2 * n]) * nx + start[2 * n + 1]) * itemsize;
            const char *from = (const char *)image.buf + (b.y0 * columns + b.x0) * itemsize;
            for (int64_t y = b.y0; y < b.y1; y++) {
                swapped_copy(to, from, b.x1 - b.x0, itemsize);
                to += nx * itemsize;
                from += columns * itemsize;
            }
        }
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&image);
    PyBuffer_Release(&boxes);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&layers);
    return good ? Py_NewRef(Py_None) : NULL;
}

/* Whether a pixel counts: its value is finite and its weight above 0, which bits tell. */
static inline int
counts32(const char *sci, const char *wgt, Py_ssize_t n)
{
    uint32_t v, w;
    memcpy(&v, sci + 4 * n, 4);
    memcpy(&w, wgt + 4 * n, 4);
    return ((v & 0x7f800000u) != 0x7f800000u) & (w - 1 < 0x7f800000u);
}

static inline int
counts64(const char *sci, const char *wgt, Py_ssize_t n)
{
    uint64_t v, w;
    memcpy(&v, sci + 8 * n, 8);
    memcpy(&w, wgt + 8 * n, 8);
    return ((v & 0x7ff0000000000000u) != 0x7ff0000000000000u) & (w - 1 < 0x7ff0000000000000u);
}

WIDE static int64_t
count_of(const char *sci, const char *wgt, Py_ssize_t pixels, int itemsize)
{
    int64_t total = 0;
    if (itemsize == 4) {
        for (Py_ssize_t p = 0; p < pixels; p++)
            total += counts32(sci, wgt, p);
    } else {
        for (Py_ssize_t p = 0; p < pixels; p++)
            total += counts64(sci, wgt, p);
    }
    return total;
}

PyDoc_STRVAR(count_observed_doc,
"count_observed(sci, wgt, itemsize, pixels, centres, observed, centred)\n--\n\n"
"Count observed pixels of stamps of so many, into 64 bits each.\n\n"
"``centres`` are places (64 bits) in each stamp, -1 for none; ``centred`` gets a byte for each:\n"
"whether the pixel there is observed.");

static PyObject *
count_observed(PyObject *self, PyObject *args)
{
    Py_buffer sci, wgt, centres, observed, centred;
    Py_ssize_t pixels;
    int itemsize, good = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*iny*w*w*", &sci, &wgt, &itemsize, &pixels, &centres,
                          &observed, &centred))
        return NULL;
    Py_ssize_t count = centred.len;
    if (!is_size(itemsize))
        ;
    else if (pixels <= 0 || sci.len != wgt.len || sci.len / itemsize / pixels < count ||
             centres.len < 8 * count || observed.len < 8 * count)
        refused("shapes and sizes do not agree");
    else {
        const int64_t *centre = centres.buf;
        good = 1;
        for (Py_ssize_t n = 0; good && n < count; n++)
            if (centre[n] >= pixels)
                good = refused("a centre is not in its stamp");
    }
    if (good) {
        const int64_t *centre = centres.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t n = 0; n < count; n++) {
            const char *s = (const char *)sci.buf + n * pixels * itemsize;
            const char *w = (const char *)wgt.buf + n * pixels * itemsize;
            int64_t at = centre[n];
            ((int64_t *)observed.buf)[n] = count_of(s, w, pixels, itemsize);
            ((char *)centred.buf)[n] =
                at >= 0 && (itemsize == 4 ? counts32(s, w, at) : counts64(s, w, at));
        }
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&sci);
    PyBuffer_Release(&wgt);
    PyBuffer_Release(&centres);
    PyBuffer_Release(&observed);
    PyBuffer_Release(&centred);
    return good ? Py_NewRef(Py_None) : NULL;
}

/* Sums of FITS Standard 4.0, section 4.4.2.7: ones' complement, of big-endian words. */
static uint64_t
with_carries(uint64_t total)
{
    total = (total & 0xffffffffu) + (total >> 32);
    return (total & 0xffffffffu) + (total >> 32);
}

static uint64_t
sum_of_text(const char *text, Py_ssize_t length)
{
    uint64_t total = 0;
    for (Py_ssize_t n = 0; n < length; n += 4) {
        uint32_t v;
        memcpy(&v, text + n, 4);
        total += BIG32(v);
    }
    return total;
}

/* Write pixels in the order of FITS, and sum their words. */
WIDE static uint64_t
written_pixels(char *to, const char *from, Py_ssize_t count, int itemsize)
{
    uint64_t total = 0;
    if (itemsize == 4) {
        for (Py_ssize_t n = 0; n < count; n++) {
            uint32_t v;
            memcpy(&v, from + 4 * n, 4);
            total += v;
            v = BIG32(v);
            memcpy(to + 4 * n, &v, 4);
        }
    } else {
        for (Py_ssize_t n = 0; n < count; n++) {
            uint64_t v;
            memcpy(&v, from + 8 * n, 8);
            total += (v >> 32) + (v & 0xffffffffu);
            v = BIG64(v);
            memcpy(to + 8 * n, &v, 8);
        }
    }
    return with_carries(total);
}

/* The quoted sum on a card of its own, as Python's f"'{sum:<8}'" in 20 characters. */
static void
write_sum(char *card, uint64_t total)
{
    char digits[DIGITS], text[20];
    int length = 0, place = 1;
    do {
        digits[length++] = (char)('0' + total % 10);
        total /= 10;
    } while (total);
    memset(text, ' ', sizeof text);
    text[0] = '\'';
    while (length)
        text[place++] = digits[--length];
    text[place < 9 ? 9 : place] = '\'';
    memcpy(card + 10, text, sizeof text);
}

PyDoc_STRVAR(write_hdus_doc,
"write_hdus(files, size, cards, cards_at, pixels, itemsize, data_at, sum_at, sum_card,\n"
"signature_at, header_sum, forms)\n--\n\n"
"Write the part of an HDU that is a stamp's own into each of files of one size.\n\n"
"``cards`` are those of all stamps one after the other, ``header_sum`` is the sum of the rest of\n"
"the header, and ``forms`` has four characters for each byte of a checksum.");

static PyObject *
write_hdus(PyObject *self, PyObject *args)
{
    Py_buffer files, cards, pixels, sum_card, forms;
    Py_ssize_t size, cards_at, data_at, sum_at, signature_at;
    unsigned long long header_sum;
    int itemsize, good = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "w*ny*ny*inny*nKy*", &files, &size, &cards, &cards_at, &pixels,
                          &itemsize, &data_at, &sum_at, &sum_card, &signature_at, &header_sum,
                          &forms))
        return NULL;
    Py_ssize_t count = size > 0 ? files.len / size : 0;
    Py_ssize_t length = count ? cards.len / count : 0;
    Py_ssize_t each = count && (itemsize == 4 || itemsize == 8) ? pixels.len / itemsize / count : 0;
    if (!is_size(itemsize))
        ;
    else if (count <= 0 || files.len != count * size || cards.len != count * length ||
             length % 4 || pixels.len != count * each * itemsize || sum_card.len != CARD ||
             forms.len != 4 * 256 || cards_at < 0 || cards_at > size - length || data_at < 0 ||
             data_at > size - each * itemsize || sum_at < 0 || sum_at > size - CARD ||
             signature_at < 0 || signature_at > size - 16)
        refused("shapes and sizes do not agree");
    else
        good = 1;
    if (good) {
        const unsigned char *form = forms.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t n = 0; n < count; n++) {
            char *file = (char *)files.buf + n * size;
            const char *own = (const char *)cards.buf + n * length;
            uint64_t data = written_pixels(file + data_at,
                                           (const char *)pixels.buf + n * each * itemsize, each,
                                           itemsize);
            char card[CARD];
            memcpy(card, sum_card.buf, CARD);
            write_sum(card, data);
            memcpy(file + cards_at, own, (size_t)length);
            memcpy(file + sum_at, card, CARD);
            uint32_t rest = ~(uint32_t)with_carries(header_sum + data + sum_of_text(own, length) +
                                                    sum_of_text(card, CARD));
            /* Appendix J.2: on its card the text begins with the last byte of a word. */
            char *signature = file + signature_at;
            for (int byte = 0; byte < 4; byte++)
                for (int part = 0; part < 4; part++)
                    signature[(4 * part + byte + 1) % 16] =
                        (char)form[4 * ((rest >> (24 - 8 * byte)) & 0xff) + part];
        }
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&files);
    PyBuffer_Release(&cards);
    PyBuffer_Release(&pixels);
    PyBuffer_Release(&sum_card);
    PyBuffer_Release(&forms);
    return good ? Py_NewRef(Py_None) : NULL;
}

/* Places on a zenithal map of the pixels of a row of a stamp, out of planes over it. */
#define PLACER(NAME, FACTOR)                                                                      \
    WIDE static void NAME(const double *restrict p, const double *restrict across, Py_ssize_t nx, \
                          double e, const double *restrict pole, double *restrict to_x,           \
                          double *restrict to_y)                                                  \
    {                                                                                             \
        double squared = e * e;                                                                   \
        for (Py_ssize_t n = 0; n < nx; n++) {                                                     \
            double a = across[n];                                                                 \
            double up = (p[0] + p[1] * a) + p[2] * e;                                             \
            double over = (p[3] + p[4] * a) + p[5] * e;                                           \
            double z = (p[6] + p[7] * a) + p[8] * e;                                              \
            double r = sqrt((1 + a * a) + squared);                                               \
            double factor = FACTOR;                                                               \
            (void)r, (void)z;                                                                     \
            to_x[n] = up * factor + pole[0];                                                      \
            to_y[n] = over * factor + pole[1];                                                    \
        }                                                                                         \
    }

PLACER(places_zea, sqrt(2 / (r * (r + z))))
PLACER(places_tan, 1 / z)
PLACER(places_stg, 2 / (r + z))
PLACER(places_sin, 1 / r)

typedef void (*Placer)(const double *restrict, const double *restrict, Py_ssize_t, double,
                       const double *restrict, double *restrict, double *restrict);

static const Placer placers[] = {places_zea, places_tan, places_stg, places_sin};

static double
least_height(const double *p, const double *across, Py_ssize_t nx, double e, double least)
{
    for (Py_ssize_t n = 0; n < nx; n++) {
        double z = (p[6] + p[7] * across[n]) + p[8] * e;
        least = z < least ? z : least;
    }
    return least;
}

PyDoc_STRVAR(zenithal_places_doc,
"zenithal_places(projection, planes, xi, eta, crpix, x, y)\n--\n\n"
"Write the map pixels of stamps into x and y (n, ny, nx), and give the least height above 90\n"
"degrees from the map's pole; all numbers have 64 bits.\n\n"
"``projection`` is 0 to 3 for ZEA, TAN, STG and SIN, ``planes`` (n, 3, 3) has for each component\n"
"its constant part, and those of xi and of eta.");

static PyObject *
zenithal_places(PyObject *self, PyObject *args)
{
    Py_buffer planes, xi, eta, crpix, x, y;
    int projection, good = 0;
    double least = HUGE_VAL;
    (void)self;
    if (!PyArg_ParseTuple(args, "iy*y*y*y*w*w*", &projection, &planes, &xi, &eta, &crpix, &x, &y))
        return NULL;
    Py_ssize_t count = planes.len / 72, nx = xi.len / 8, ny = eta.len / 8;
    if (projection < 0 || projection > 3 || planes.len % 72 || nx <= 0 || ny <= 0 ||
        crpix.len != 16 || x.len != y.len || x.len / 8 / ny / nx < count)
        refused("shapes and sizes do not agree");
    else
        good = 1;
    if (good) {
        const double *across = xi.buf, *along = eta.buf, *pole = crpix.buf;
        Placer place = placers[projection];
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t n = 0; n < count; n++) {
            const double *p = (const double *)planes.buf + 9 * n;
            for (Py_ssize_t row = 0; row < ny; row++) {
                double *to_x = (double *)x.buf + (n * ny + row) * nx;
                double *to_y = (double *)y.buf + (n * ny + row) * nx;
                place(p, across, nx, along[row], pole, to_x, to_y);
                least = least_height(p, across, nx, along[row], least);
            }
        }
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&planes);
    PyBuffer_Release(&xi);
    PyBuffer_Release(&eta);
    PyBuffer_Release(&crpix);
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    return good ? PyFloat_FromDouble(least) : NULL;
}

/* Make pixels that are not observed NaN. */
WIDE static void
mask(char *sci, const char *wgt, Py_ssize_t count, int itemsize)
{
    if (itemsize == 4) {
        for (Py_ssize_t n = 0; n < count; n++) {
            uint32_t v;
            memcpy(&v, sci + 4 * n, 4);
            v = counts32(sci, wgt, n) ? v : 0x7fc00000u;
            memcpy(sci + 4 * n, &v, 4);
        }
    } else {
        for (Py_ssize_t n = 0; n < count; n++) {
            uint64_t v;
            memcpy(&v, sci + 8 * n, 8);
            v = counts64(sci, wgt, n) ? v : 0x7ff8000000000000u;
            memcpy(sci + 8 * n, &v, 8);
        }
    }
}

/* Places in a layer, whose first pixel is (x0, y0) of the map, and what is in the pixels there. */
typedef struct {
    const double *x, *y;
    const char *on_map;
    double x0, y0;
    int64_t columns, wide, high;
    Py_ssize_t count;
    int bilinear;
} Places;

/* Interpolate one layer. Beyond its last pixel is the one before: it counts for nothing, unless it
 * is NaN. Weights that no weight can be become what NumPy's nan_to_num makes of them. */
#define SAMPLER(NAME, NUMBER, MOST)                                                               \
    static int NAME(Places p, const NUMBER *sci, const NUMBER *wgt, NUMBER *values,               \
                    NUMBER *nearest)                                                              \
    {                                                                                             \
        int64_t back = p.wide > 1 ? -1 : 0, down = p.high > 1 ? -p.columns : 0;                   \
        for (Py_ssize_t n = 0; n < p.count; n++) {                                                \
            double x = p.x[n] - p.x0, y = p.y[n] - p.y0;                                          \
            if (!(x >= 0 && y >= 0 && x < (double)p.wide && y < (double)p.high))                  \
                return 0;                                                                         \
            int64_t column = (int64_t)x, row = (int64_t)y;                                        \
            int64_t step = column + 1 < p.wide ? 1 : back;                                        \
            int64_t stride = row + 1 < p.high ? p.columns : down;                                 \
            double right = x - (double)column, up = y - (double)row;                              \
            int64_t here = row * p.columns + column, above = here + stride;                       \
            int64_t holder = here + (right >= 0.5 ? step : 0) + (up >= 0.5 ? stride : 0);         \
            NUMBER weight = p.on_map == NULL || p.on_map[n] ? wgt[holder] : 0;                    \
            if (!isfinite(weight))                                                                \
                weight = isnan(weight) ? 0 : weight > 0 ? MOST : -MOST;                           \
            NUMBER value = (NUMBER)NAN;                                                           \
            if (weight > 0 && p.bilinear) {                                                       \
                double left = 1 - right;                                                          \
                double lower = (double)sci[here] * left;                                          \
                lower += (double)sci[here + step] * right;                                        \
                double upper = (double)sci[above] * left;                                         \
                upper += (double)sci[above + step] * right;                                       \
                lower *= 1 - up;                                                                  \
                upper *= up;                                                                      \
                value = (NUMBER)(lower + upper);                                                  \
            } else if (weight > 0) {                                                              \
                value = sci[holder];                                                              \
            }                                                                                     \
            values[n] = value;                                                                    \
            nearest[n] = weight;                                                                  \
        }                                                                                         \
        return 1;                                                                                 \
    }

SAMPLER(sample_floats, float, FLT_MAX)
SAMPLER(sample_doubles, double, DBL_MAX)

PyDoc_STRVAR(sample_doc,
"sample(bilinear, pixels, weights, itemsize, ny, nx, boxes, x, y, on_map, values, nearest)\n--\n\n"
"Interpolate layers of (ny, nx) at places (64 bits), and give the weight of the nearest pixel.\n"
"Pixels that are not observed become NaN in the layers.\n\n"
"``boxes`` are (x0, y0, x1, y1) of the map's pixels that each layer has in its corner, ``on_map``\n"
"has a byte for each place, or nothing where all are on the map.");

static PyObject *
sample(PyObject *self, PyObject *args)
{
    Py_buffer pixels, weights, boxes, x, y, on_map, values, nearest;
    Py_ssize_t ny, nx;
    int bilinear, itemsize, good = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "pw*y*inny*y*y*y*w*w*", &bilinear, &pixels, &weights, &itemsize,
                          &ny, &nx, &boxes, &x, &y, &on_map, &values, &nearest))
        return NULL;
    Py_ssize_t count = boxes.len / (Py_ssize_t)sizeof(Box);
    Py_ssize_t places = count ? x.len / 8 / count : 0;
    if (!is_size(itemsize))
        ;
    else if (ny <= 0 || nx <= 0 || nx > pixels.len || ny > pixels.len / nx ||
             pixels.len / (ny * nx) / itemsize < count || weights.len != pixels.len ||
             x.len != count * places * 8 || y.len != x.len ||
             values.len != count * places * itemsize || nearest.len != values.len ||
             (on_map.len != 0 && on_map.len != count * places))
        refused("shapes and sizes do not agree");
    else {
        const Box *box = boxes.buf;
        good = 1;
        for (Py_ssize_t n = 0; good && n < count; n++)
            if (box[n].x1 <= box[n].x0 || box[n].y1 <= box[n].y0 || box[n].x1 - box[n].x0 > nx ||
                box[n].y1 - box[n].y0 > ny)
                good = refused("a window does not lie in its layer");
    }
    if (good) {
        const Box *box = boxes.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t n = 0; good && n < count; n++) {
            char *sci = (char *)pixels.buf + n * ny * nx * itemsize;
            const char *wgt = (const char *)weights.buf + n * ny * nx * itemsize;
            Py_ssize_t at = n * places;
            Places p = {(const double *)x.buf + at, (const double *)y.buf + at,
                        on_map.len ? (const char *)on_map.buf + at : NULL, (double)box[n].x0,
                        (double)box[n].y0, nx, box[n].x1 - box[n].x0, box[n].y1 - box[n].y0,
                        places, bilinear};
            mask(sci, wgt, ny * nx, itemsize);
            if (itemsize == 4)
                good = sample_floats(p, (const float *)sci, (const float *)wgt,
                                     (float *)values.buf + at, (float *)nearest.buf + at);
            else
                good = sample_doubles(p, (const double *)sci, (const double *)wgt,
                                      (double *)values.buf + at, (double *)nearest.buf + at);
        }
        Py_END_ALLOW_THREADS
        if (!good)
            refused("a place does not lie in its window");
    }
    PyBuffer_Release(&pixels);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&boxes);
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    PyBuffer_Release(&on_map);
    PyBuffer_Release(&values);
    PyBuffer_Release(&nearest);
    return good ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef functions[] = {
    {"copy_windows", copy_windows, METH_VARARGS, copy_windows_doc},
    {"count_observed", count_observed, METH_VARARGS, count_observed_doc},
    {"write_hdus", write_hdus, METH_VARARGS, write_hdus_doc},
    {"zenithal_places", zenithal_places, METH_VARARGS, zenithal_places_doc},
    {"sample", sample, METH_VARARGS, sample_doc},
    {"number_texts", number_texts, METH_O, number_texts_doc},
    {"put_texts", put_texts, METH_VARARGS, put_texts_doc},
    {"json_rows", json_rows, METH_VARARGS, json_rows_doc},
    {"member_headers", member_headers, METH_VARARGS, member_headers_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_loops", "Loops over the pixels of many stamps at once.", 0,
    functions, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__loops(void)
{
    return PyModuleDef_Init(&module);
}

/* Loops over the pixels of many stamps at once, without the interpreter and without its lock.
 *
 * Each does what NumPy does in the module that calls it, bit by bit: no sum is contracted, none
 * is taken in another order where that would show. Buffers are given in the order of this
 * machine's bytes; every index is compared with its buffer before a byte of it is touched.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

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

static PyMethodDef functions[] = {
    {"copy_windows", copy_windows, METH_VARARGS, copy_windows_doc},
    {"count_observed", count_observed, METH_VARARGS, count_observed_doc},
    {"write_hdus", write_hdus, METH_VARARGS, write_hdus_doc},
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

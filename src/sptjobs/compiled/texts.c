/* Texts of many numbers at once, and texts put into their places in rows of bytes.
 *
 * Every index is compared with its buffer before a byte of it is touched.
 */
#include "texts.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MOST_DIGITS 24

#define BLOCK 512
#define LONGEST_NAME 100
#define SIZE_AT 124
#define SIZE_DIGITS 11
#define SUM_AT 148
#define SUM_DIGITS 6

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 Wide;

static const double decades[] = {1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
                                 1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14};

#define DECADES (int)(sizeof decades / sizeof *decades)

static Wide
power_of_ten(int power)
{
    Wide product = 1;
    while (power--)
        product *= 10;
    return product;
}

/* The shortest decimal number between the middles to a number's neighbours, and of these the
 * nearest to it, as Steele & White (1990, PLDI) ask for it: by integers, which are exact.
 *
 * The number, from 1e-4 to 1e15, is *digits times ten to the *power; 0 is given where two are
 * equally near.
 */
static int
shortest(double number, uint64_t *digits, int *power)
{
    static Wide tens[DECADES + 3];
    if (!tens[0])
        for (int n = 0; n < DECADES + 3; n++)
            tens[n] = power_of_ten(n);
    uint64_t bits;
    memcpy(&bits, &number, 8);
    uint64_t fraction = bits & 0xfffffffffffffu, mantissa = fraction | 0x10000000000000u;
    /* Quarters of the last bit are counted: so far is the middle to the neighbour below a power of
     * two. Scaled by ten to the scale, the number has 16 or 17 digits before its point. */
    int shift = 1075 - (int)(bits >> 52) + 2, scale = DECADES + 2;
    for (int n = 0; n < DECADES && number >= decades[n]; n++)
        scale--;
    Wide scaled = 4 * mantissa * tens[scale], half = 2 * tens[scale];
    Wide low = scaled - (fraction ? half : half / 2), high = scaled + half;
    uint64_t least, most;
    if (mantissa & 1) {
        least = (uint64_t)(low >> shift) + 1;
        most = (uint64_t)((high - 1) >> shift);
    } else {
        least = (uint64_t)((low + (((Wide)1 << shift) - 1)) >> shift);
        most = (uint64_t)(high >> shift);
    }
    if (least > most)
        return 0;
    /* Drop digits while a number without them lies between. */
    uint64_t above = most, below = least - 1, unit = 1;
    int dropped = 0;
    while (above / 10 > below / 10) {
        above /= 10;
        below /= 10;
        unit *= 10;
        dropped++;
    }
    uint64_t whole = (uint64_t)(scaled >> shift), lower = whole - whole % unit;
    Wide past = scaled - ((Wide)lower << shift), step = (Wide)unit << shift;
    if (2 * past == step)
        return 0;
    uint64_t chosen = 2 * past < step ? lower : lower + unit;
    if (chosen < least)
        chosen = lower + unit;
    else if (chosen > most)
        chosen = lower;
    *digits = chosen / unit;
    *power = dropped - scale;
    return 1;
}

/* Write what repr() gives of a number; its length, or 0 where that is left to Python. */
static int
short_text(double number, char *to)
{
    char text[MOST_DIGITS], *place = to;
    uint64_t digits = 0;
    int power = 0, length = 0;
    if (signbit(number)) {
        *place++ = '-';
        number = -number;
    }
    if (number == 0) {
        memcpy(place, "0.0", 3);
        return (int)(place + 3 - to);
    }
    if (!(number >= 1e-4 && number < 1e15) || !shortest(number, &digits, &power))
        return 0;
    for (uint64_t left = digits; left; left /= 10)
        text[sizeof text - ++length] = (char)('0' + left % 10);
    const char *first = text + sizeof text - length;
    int point = length + power;
    if (point <= 0) {
        memcpy(place, "0.0000", 6);
        place += 2 - point;
        memcpy(place, first, (size_t)length);
        return (int)(place + length - to);
    }
    int before = point < length ? point : length;
    memcpy(place, first, (size_t)before);
    place += before;
    for (; before < point; before++)
        *place++ = '0';
    *place++ = '.';
    if (point < length) {
        memcpy(place, first + point, (size_t)(length - point));
        return (int)(place + (length - point) - to);
    }
    *place++ = '0';
    return (int)(place - to);
}

#else

static int
short_text(double number, char *to)
{
    (void)number, (void)to;
    return 0;
}

#endif

static int
refused_sizes(void)
{
    PyErr_SetString(PyExc_ValueError, "shapes and sizes do not agree");
    return 0;
}

const char number_texts_doc[] =
"number_texts(values)\n--\n\n"
"A list of what repr() gives of each value; it is quick for floating-point numbers.";

PyObject *
number_texts(PyObject *self, PyObject *values)
{
    (void)self;
    PyObject *texts = PySequence_List(values);
    if (texts == NULL)
        return NULL;
    Py_ssize_t count = PyList_Size(texts);
    for (Py_ssize_t n = 0; n < count; n++) {
        PyObject *value = PyList_GetItem(texts, n), *text;
        char written[2 * MOST_DIGITS];
        int length = PyFloat_CheckExact(value) ? short_text(PyFloat_AsDouble(value), written) : 0;
        text = length ? PyUnicode_FromStringAndSize(written, length) : PyObject_Repr(value);
        if (text == NULL || PyList_SetItem(texts, n, text) < 0) {
            Py_DECREF(texts);
            return NULL;
        }
    }
    return texts;
}

/* A text of characters of one byte, or NULL with an error. */
static const char *
ascii_text(PyObject *text, Py_ssize_t *length)
{
    if (text == NULL)
        return NULL;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "texts have to be strings");
        return NULL;
    }
    const char *bytes = PyUnicode_AsUTF8AndSize(text, length);
    if (bytes != NULL && *length != PyUnicode_GetLength(text)) {
        PyErr_SetString(PyExc_ValueError, "a text is not of ASCII");
        return NULL;
    }
    return bytes;
}

const char put_texts_doc[] =
"put_texts(rows, size, at, width, texts, is_left)\n--\n\n"
"Put a text into each of rows of one size, at a place of a width, with blanks before or behind.";

PyObject *
put_texts(PyObject *self, PyObject *args)
{
    Py_buffer rows;
    Py_ssize_t size, at, width;
    PyObject *texts;
    int is_left, good = 1;
    (void)self;
    if (!PyArg_ParseTuple(args, "w*nnnO!p", &rows, &size, &at, &width, &PyList_Type, &texts,
                          &is_left))
        return NULL;
    Py_ssize_t count = PyList_Size(texts);
    if (size <= 0 || rows.len / size < count || at < 0 || width < 0 || width > size ||
        at > size - width) {
        good = refused_sizes();
    }
    for (Py_ssize_t n = 0; good && n < count; n++) {
        Py_ssize_t length;
        const char *text = ascii_text(PyList_GetItem(texts, n), &length);
        if (text == NULL) {
            good = 0;
        } else if (length > width) {
            PyErr_SetString(PyExc_ValueError, "a text is too long: sizes do not agree");
            good = 0;
        } else {
            char *place = (char *)rows.buf + n * size + at;
            memset(place, ' ', (size_t)width);
            memcpy(is_left ? place : place + (width - length), text, (size_t)length);
        }
    }
    PyBuffer_Release(&rows);
    return good ? Py_NewRef(Py_None) : NULL;
}

static void
octal(char *to, int digits, uint64_t number)
{
    for (int n = digits - 1; n >= 0; n--, number >>= 3)
        to[n] = (char)('0' + (number & 7));
}

const char member_headers_doc[] =
"member_headers(rows, size, bare, names, bytes)\n--\n\n"
"Write headers of tar members of one number of bytes at the beginnings of rows of one size.\n\n"
"``bare`` is the header of a member without a name, a size or a sum.";

PyObject *
member_headers(PyObject *self, PyObject *args)
{
    Py_buffer rows, bare;
    Py_ssize_t size, bytes;
    PyObject *names;
    int good = 1;
    (void)self;
    if (!PyArg_ParseTuple(args, "w*ny*O!n", &rows, &size, &bare, &PyList_Type, &names, &bytes))
        return NULL;
    Py_ssize_t count = PyList_Size(names);
    if (size < BLOCK || rows.len / size < count || bare.len != BLOCK || bytes < 0 ||
        bytes >> (3 * SIZE_DIGITS - 1) >> 1) {
        good = refused_sizes();
    }
    for (Py_ssize_t n = 0; good && n < count; n++) {
        Py_ssize_t length;
        const char *name = ascii_text(PyList_GetItem(names, n), &length);
        if (name == NULL) {
            good = 0;
        } else if (length > LONGEST_NAME) {
            PyErr_SetString(PyExc_ValueError, "a name is too long: sizes do not agree");
            good = 0;
        } else {
            char *header = (char *)rows.buf + n * size;
            uint64_t sum = 0;
            memcpy(header, bare.buf, BLOCK);
            memcpy(header, name, (size_t)length);
            octal(header + SIZE_AT, SIZE_DIGITS, (uint64_t)bytes);
            /* The sum is taken with blanks in its place. */
            memset(header + SUM_AT, ' ', SUM_DIGITS + 2);
            for (int place = 0; place < BLOCK; place++)
                sum += (unsigned char)header[place];
            octal(header + SUM_AT, SUM_DIGITS, sum);
            memcpy(header + SUM_AT + SUM_DIGITS, (const char *)bare.buf + SUM_AT + SUM_DIGITS, 2);
        }
    }
    PyBuffer_Release(&rows);
    PyBuffer_Release(&bare);
    return good ? Py_NewRef(Py_None) : NULL;
}

/* Bytes that grow. */
typedef struct {
    char *start;
    size_t length, room;
} Text;

/* Room for so many more bytes, or NULL with an error. */
static char *
room_for(Text *text, size_t more)
{
    if (more > text->room - text->length) {
        size_t room = text->room + (text->room > more ? text->room : more);
        char *start = room <= PY_SSIZE_T_MAX ? PyMem_Realloc(text->start, room) : NULL;
        if (start == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        text->start = start;
        text->room = room;
    }
    return text->start + text->length;
}

static int
add_bytes(Text *text, const char *bytes, size_t length)
{
    char *to = room_for(text, length);
    if (to == NULL)
        return 0;
    memcpy(to, bytes, length);
    text->length += length;
    return 1;
}

/* Add a string without its quotes; an error where it is not of ASCII. */
static int
add_string(Text *text, PyObject *string)
{
    Py_ssize_t length;
    const char *bytes = ascii_text(string, &length);
    return bytes != NULL && add_bytes(text, bytes, (size_t)length);
}

static int
is_plain(const char *bytes, Py_ssize_t length)
{
    int plain = 1;
    for (Py_ssize_t n = 0; n < length; n++)
        plain &= (bytes[n] >= ' ') & (bytes[n] <= '~') & (bytes[n] != '"') & (bytes[n] != '\\');
    return plain;
}

/* Add what a function makes of a value. */
static int
add_made(Text *text, PyObject *function, PyObject *value)
{
    PyObject *made = PyObject_CallFunctionObjArgs(function, value, NULL);
    int added = made != NULL && add_string(text, made);
    Py_XDECREF(made);
    return added;
}

/* Add a value as JSON; what is not written here by the encoder. */
static int
add_value(Text *text, PyObject *value, PyObject *encode)
{
    if (PyFloat_CheckExact(value)) {
        double number = PyFloat_AsDouble(value);
        char *to = room_for(text, 2 * MOST_DIGITS);
        if (to == NULL)
            return 0;
        int length = short_text(number, to);
        text->length += (size_t)length;
        return length ? 1 : add_made(text, encode, value);
    }
    if (PyUnicode_Check(value)) {
        Py_ssize_t length;
        const char *bytes = PyUnicode_AsUTF8AndSize(value, &length);
        if (bytes == NULL)
            PyErr_Clear();
        else if (is_plain(bytes, length))
            return add_bytes(text, "\"", 1) && add_bytes(text, bytes, (size_t)length) &&
                   add_bytes(text, "\"", 1);
        return add_made(text, encode, value);
    }
    if (PyLong_CheckExact(value)) {
        int overflow;
        long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        char *to = room_for(text, 2 * MOST_DIGITS);
        if (to == NULL)
            return 0;
        if (!overflow)
            text->length += (size_t)sprintf(to, "%lld", number);
        return overflow ? add_made(text, encode, value) : 1;
    }
    if (value == Py_None)
        return add_bytes(text, "null", 4);
    if (value == Py_True)
        return add_bytes(text, "true", 4);
    if (value == Py_False)
        return add_bytes(text, "false", 5);
    return add_made(text, encode, value);
}

/* A list of lists of one length, which is given, or -1 with an error. */
static Py_ssize_t
length_of_all(PyObject *columns, PyObject *pieces)
{
    Py_ssize_t count = PyList_Size(columns), rows = -1;
    int good = count > 0 && PyList_Size(pieces) == count + 1;
    for (Py_ssize_t n = 0; good && n < count; n++) {
        PyObject *column = PyList_GetItem(columns, n);
        good = PyList_Check(column) && (rows < 0 || PyList_Size(column) == rows);
        rows = good ? PyList_Size(column) : -1;
    }
    if (!good)
        refused_sizes();
    return good ? rows : -1;
}

const char json_rows_doc[] =
"json_rows(pieces, columns, encode)\n--\n\n"
"Write rows one after the other: a value of each of the columns, which are lists, between pieces\n"
"of text, as JSON; ``encode`` writes what is not None, a truth value or a usual number or text.";

PyObject *
json_rows(PyObject *self, PyObject *args)
{
    PyObject *pieces, *columns, *encode;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!O!O", &PyList_Type, &pieces, &PyList_Type, &columns, &encode))
        return NULL;
    Py_ssize_t rows = length_of_all(columns, pieces), count = PyList_Size(columns);
    if (rows < 0)
        return NULL;
    Text text = {NULL, 0, 0};
    int good = room_for(&text, 512 * (size_t)(rows + 1)) != NULL;
    for (Py_ssize_t row = 0; good && row < rows; row++) {
        for (Py_ssize_t n = 0; good && n < count; n++) {
            /* The encoder may be anything: it must not have taken a value away. */
            PyObject *column = PyList_GetItem(columns, n);
            PyObject *value = column == NULL ? NULL : PyList_GetItem(column, row);
            Py_XINCREF(value);
            good = value != NULL && add_string(&text, PyList_GetItem(pieces, n)) &&
                   add_value(&text, value, encode);
            Py_XDECREF(value);
        }
        good = good && add_string(&text, PyList_GetItem(pieces, count));
    }
    PyObject *made = NULL;
    if (good)
        made = PyBytes_FromStringAndSize(text.start, (Py_ssize_t)text.length);
    PyMem_Free(text.start);
    return made;
}

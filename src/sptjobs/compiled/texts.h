/* What texts.c gives the module of loops.c. */
#ifndef SPTJOBS_TEXTS_H
#define SPTJOBS_TEXTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern const char number_texts_doc[], put_texts_doc[], member_headers_doc[], json_rows_doc[];

PyObject *number_texts(PyObject *self, PyObject *values);
PyObject *put_texts(PyObject *self, PyObject *args);
PyObject *member_headers(PyObject *self, PyObject *args);
PyObject *json_rows(PyObject *self, PyObject *args);

#endif

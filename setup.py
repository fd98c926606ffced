"""What is compiled at the installation; all else is in ``setup.cfg``."""

from setuptools import Extension, setup

# One binary for every Python from 3.11 on. Without a compiler, or where it fails, everything
# works without, and slower. No sum may be contracted: files have the same bytes either way.
LOOPS = Extension(
    "sptjobs.compiled._loops",
    ["src/sptjobs/compiled/loops.c", "src/sptjobs/compiled/texts.c"],
    depends=["src/sptjobs/compiled/texts.h"],
    define_macros=[("Py_LIMITED_API", "0x030b0000")],
    # Without what debuggers read, which names the folder of the build: images are the same again.
    extra_compile_args=[
        "-O3",
        "-g0",
        "-ffp-contract=off",
        "-fno-math-errno",
        "-fno-trapping-math",
    ],
    py_limited_api=True,
    optional=True,
)

setup(ext_modules=[LOOPS], options={"bdist_wheel": {"py_limited_api": "cp311"}})

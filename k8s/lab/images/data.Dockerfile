# PostgreSQL and Redis of Debian, run by the user that their own images have. Neither is started,
# and no cluster made, when its package is installed.
ARG BASE
FROM ${BASE}
RUN groupadd -g 999 data && useradd -K UID_MIN=900 -u 999 -g 999 -d /tmp data \
    && printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
    && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
    && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql redis-server \
    && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/*
ENV PATH=/usr/lib/postgresql/15/bin:$PATH
USER 999:999

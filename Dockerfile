FROM python:3.11-slim-bookworm

# The browser of bookers and watchers. Containers forbid the namespaces of Chromium's own sandbox to an ordinary user, so
# the container is its sandbox: no root, no capabilities (compose.yaml), and pages of the cinema's own hosts only.
# libatomic1 is for Playwright's driver; without it no booking starts.
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium fonts-noto-core libatomic1 \
 && rm -rf /var/lib/apt/lists/* \
 && echo 'export CHROMIUM_FLAGS="$CHROMIUM_FLAGS --no-sandbox"' > /etc/chromium.d/container

# The user has the number of whoever owns the seeds, which are mounted and for their owner alone (compose.yaml: USHER_UID).
# So is state, the master key among it; a new volume takes over owner and mode of this folder.
ARG UID=1000
RUN useradd --uid "$UID" --create-home usher && install -d -o usher -g usher -m 0700 /var/lib/usher

COPY . /src
RUN pip install --no-cache-dir /src && rm -rf /src && playwright --version

ENV PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 USHER_HOME=/var/lib/usher USHER_LOG_JSON=true USHER_HEALTH_PORT=9464
HEALTHCHECK --interval=10s --start-period=30s CMD \
  ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/health', timeout=3)"]
USER usher
ENTRYPOINT ["usher"]

FROM python:3.11-slim-bookworm

# The browser of bookers and watchers. Containers forbid the namespaces of Chromium's own sandbox to an ordinary user, so
# the container is its sandbox: no root, no capabilities (compose.yaml), and pages of the cinema's own hosts only.
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium fonts-noto-core \
 && rm -rf /var/lib/apt/lists/* \
 && echo 'export CHROMIUM_FLAGS="$CHROMIUM_FLAGS --no-sandbox"' > /etc/chromium.d/container

# State, the master key among it, is for its user alone; a new volume takes over owner and mode of this folder.
RUN useradd --uid 10001 --create-home usher && install -d -o usher -g usher -m 0700 /var/lib/usher

COPY . /src
RUN pip install --no-cache-dir /src && rm -rf /src

ENV PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 USHER_HOME=/var/lib/usher USHER_LOG_JSON=true USHER_HEALTH_PORT=9464
HEALTHCHECK --interval=10s --start-period=30s CMD \
  ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/health', timeout=3)"]
USER usher
ENTRYPOINT ["usher"]

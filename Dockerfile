FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends chromium && rm -rf /var/lib/apt/lists/*
ENV PYTHONSAFEPATH=1 USHER_HOME=/var/lib/usher USHER_LOG_JSON=true
COPY . /src
RUN pip install --no-cache-dir /src && useradd --create-home usher && mkdir -p /var/lib/usher && chown usher /var/lib/usher
USER usher
ENTRYPOINT ["usher"]

# One image for every process of Stadspuls; which one, says the command. `docker compose build` gives BASE its value, which
# stands in deploy/images.yml.
ARG BASE

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/run.lock /app/requirements/run.lock
# Wheels alone: what they hold was checked by its hash, and nothing is compiled here.
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /app/requirements/run.lock
COPY pyproject.toml README.md LICENSE /app/
COPY stadspuls /app/stadspuls
COPY ingest /app/ingest
COPY streams /app/streams
COPY store /app/store
COPY apis /app/apis
COPY deploy /app/deploy
COPY simulators /app/simulators
COPY benchmarks /app/benchmarks
COPY cli /app/cli
COPY cities /app/cities
COPY themes /app/themes
# As a checkout has it: the folders stay together, so that cities, themes and recordings are found beside them.
RUN /venv/bin/pip install --no-deps --no-build-isolation --editable /app \
    && /venv/bin/python -m compileall -q /app \
    && /venv/bin/pip uninstall --yes pip

FROM ${BASE}
# Mosquitto also hashes the passwords of accounts.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends mosquitto \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 stadspuls \
    && useradd --uid 10001 --gid 10001 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin stadspuls \
    && install -d -o stadspuls -g stadspuls -m 0750 \
        /data /data/accounts /data/public-mqtt /boards /secrets /secrets/setup /secrets/platform /secrets/grafana
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["stadspuls"]
CMD ["--help"]

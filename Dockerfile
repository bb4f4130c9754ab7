# The bot alone, without the engine: connect it to Slack and to a model provider.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/core.txt requirements/core.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/core.txt
COPY . .
RUN /venv/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
# openai trusts the system's certificates.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home tunesmith && mkdir /data && chown tunesmith /data
COPY --from=build /venv /venv
USER 10001
ENV PATH=/venv/bin:$PATH TUNESMITH_HOME=/data TUNESMITH_LOG=json
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["tunesmith"]
CMD ["serve"]

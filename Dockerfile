# For those who have Docker. `docker compose up` starts this image with PostgreSQL; see compose.yaml.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/laurea
RUN python -m venv /opt/laurea
COPY requirements.lock ./
RUN /opt/laurea/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY evaluators evaluators
COPY notifications notifications
COPY laurea laurea
COPY flows flows
RUN /opt/laurea/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --home-dir /srv/laurea laurea
COPY --from=build /opt/laurea /opt/laurea
ENV PATH=/opt/laurea/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LAUREA_WORKSPACE=/srv/laurea/workspace \
    LAUREA_HOST=0.0.0.0
USER laurea
WORKDIR /srv/laurea
RUN mkdir workspace
VOLUME /srv/laurea/workspace
EXPOSE 8780
CMD ["laurea", "up"]

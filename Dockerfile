FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/build.txt requirements/server.txt requirements/
RUN python -m venv /build \
 && /build/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/build.txt \
 && python -m venv --without-pip /app \
 && /build/bin/pip --python /app/bin/python install --no-cache-dir --no-deps --require-hashes -r requirements/server.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY src src
RUN /build/bin/python -m hatchling build --target wheel \
 && /build/bin/pip --python /app/bin/python install --no-cache-dir --no-deps dist/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/shoplytics --create-home shoplytics
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SHOPLYTICS_HOME=/var/lib/shoplytics
USER shoplytics
WORKDIR /var/lib/shoplytics
EXPOSE 8000
ENTRYPOINT ["shoplytics"]
CMD ["serve"]

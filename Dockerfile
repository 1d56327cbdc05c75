# One image for the API, the workers and the dashboard; the command of a container chooses among them.

FROM node:20-bookworm-slim AS build
WORKDIR /leeway
ENV CI=1 TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1

# Packages change less often than the code: a layer of their own, from the lockfile alone.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
RUN npx --yes "$(node -p 'require("./package.json").packageManager')" fetch

COPY . .
RUN pnpm="npx --yes $(node -p 'require("./package.json").packageManager')" \
  && $pnpm install --offline --frozen-lockfile \
  && PATH="$PWD/node_modules/.bin:$PATH" turbo run build \
    --filter=@leeway/api --filter=@leeway/worker --filter=@leeway/dashboard --output-logs=errors-only \
  # Neither the tools nor the sources are needed at run time.
  && rm -rf node_modules packages/*/node_modules apps/*/node_modules .turbo \
  && $pnpm install --offline --frozen-lockfile --prod \
    --filter @leeway/api... --filter @leeway/worker... --filter @leeway/dashboard... \
  && rm -rf packages/*/src apps/*/src packages/client packages/testkit


FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /leeway
COPY --from=build /leeway ./
# An empty named volume takes the owner of the folder that it is mounted on.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/leeway/keys /var/lib/leeway/secret
USER node
EXPOSE 3000 3001
CMD ["node", "apps/api/dist/main.js"]

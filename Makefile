# The only menu. What npm can run too is written once, in the scripts of package.json.

.DEFAULT_GOAL := help
.PHONY: help demo test check test-protocols test-stores test-actors test-runtime test-journeys \
	spec bench bench-cluster bench-curve bench-growth bench-npm bench-peers bench-smoke sim fix dist clean install

help: ## lists what there is to run
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## installs, then counts words of real text: counts, the top 20, the supervision tree
	@npm run -s demo

test: ## installs, checks types, walls and style, runs every spec
	@npm test -s

check: install ## tidy, biome and the type checker
	@npm run -s check

test-protocols: install ## specs of protocols/
	@npm run -s spec -- spec/protocols/

test-stores: install ## specs of stores/
	@npm run -s spec -- spec/stores/

test-actors: install ## specs of actors/
	@npm run -s spec -- spec/actors/

test-runtime: install ## specs of runtime/
	@npm run -s spec -- spec/runtime/

test-journeys: install ## whole processes, started, killed and counted
	@npm run -s spec -- spec/journeys/

spec: install ## one spec, or those with FILE=part of a path, with the title of every law
	@npm run -s spec -- --verbose $(FILE)

bench: install dist ## every benchmark, or BENCH=name; figures go to spec/bench/RESULTS.md
	@for file in spec/bench/$(or $(BENCH),*).bench.ts; do npm run -s ts -- $$file || exit 1; done

bench-smoke: install ## a minute: ratios beside those recorded; RECORD=1 records these
	@npm run -s ts -- spec/bench/smoke.ts

bench-cluster: install dist ## moves, deaths, restores and guarantees on both brokers; ONLY=takeovers|restores|guarantees|scaling
	@npm run -s ts -- spec/bench/cluster.bench.ts

bench-curve: install dist ## p99 at 10 to 90 % of the load that is sustained; PEER=1: Kafka Streams too
	@npm run -s ts -- spec/bench/peers/curve.bench.ts

bench-growth: install dist ## what more keys, partitions, stores, bytes and windows cost; ONLY=word, see the file's head
	@npm run -s ts -- spec/bench/growth/growth.bench.ts

bench-peers: install dist ## beside Kafka Streams on this machine; needs a JDK (17) and Maven, which fetches it
	@npm run -s ts -- spec/bench/peers/peers.bench.ts

bench-npm: install dist ## beside a Kafka consumer by hand and @kafkats/flow; needs a JDK (17), Maven and npm
	@npm run -s ts -- spec/bench/peers/npm.bench.ts

sim: install ## a cluster under SEED (default: another each time), killed and paused for STEPS (500)
	@npm run -s ts -- spec/simulation/run.ts

fix: install ## formats, and mends what biome can mend
	@npx biome check --write .

dist: install ## builds dist/
	@npx tsc -b
	@npm run -s ts -- spec/bundle.ts

clean: ## removes dist/
	@rm -rf dist

install:
	@node spec/install.mjs

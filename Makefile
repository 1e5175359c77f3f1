# Two commands matter: `make run` starts the server, `make test` runs every test. Both install what they need from Debian first.
SWIFT_FLAGS = --explicit-target-dependency-import-check error
BUILD_PACKAGES = libsndfile1-dev libsoxr-dev libebur128-dev libsonic-dev libopus-dev libspandsp-dev libsrtp2-dev libspeexdsp-dev libsqlite3-dev libc-ares-dev libjemalloc-dev pkg-config
TEST_PACKAGES = sip-tester sipsak baresip-core linphone-cli kamailio openssl python3-venv

.PHONY: run build test unit interop conformance check format lint thread-sanitizer address-sanitizer clean packages test-packages

run: build
	.build/release/antiphon serve

# With Swift's own libraries inside, where the toolchain has them so: the server runs on machines without Swift, and calls into them
# cost less.
STATIC_LIBRARIES := $(shell swift=$$(readlink -f "$$(command -v swift)"); test -d "$${swift%/bin/*}/lib/swift_static" && echo --static-swift-stdlib)
build: packages
	swift build -c release --product antiphon $(STATIC_LIBRARIES) $(SWIFT_FLAGS)

test: packages test-packages unit interop

# Tests that keep time with real sockets and threads run after the others and without their company: a machine busy with fuzz vectors
# would be measured instead of the media plane, and the media plane's waits would hold the threads that the transports' tests need.
MEDIA_TESTS = ^MediaPlaneTests\.
WIRE_TESTS = ^(SIPTransportTests|SIPResolutionTests|ServerTests)\.
unit: packages
	swift build --build-tests $(SWIFT_FLAGS)
	Tools/unit '--skip $(MEDIA_TESTS) --skip $(WIRE_TESTS)' '--filter $(WIRE_TESTS)' '--filter $(MEDIA_TESTS)'

# Real clients against the release build.
interop: build test-packages
	Interop/run

# What the RFCs demand, and whether each demand has its test.
conformance:
	Tools/conformance/count

check: build
	.build/release/antiphon check --strict

# Slower runs of their own, not part of `make test`.
thread-sanitizer: packages
	swift test --sanitize thread --scratch-path .build/thread-sanitizer
address-sanitizer: packages
	swift test --sanitize address --scratch-path .build/address-sanitizer

format:
	swift format format --in-place --recursive Sources Tests Package.swift
lint:
	swift format lint --strict --recursive Sources Tests Package.swift

packages:
	@Tools/install $(BUILD_PACKAGES)
test-packages:
	@Tools/install $(TEST_PACKAGES)

clean:
	rm -rf .build Interop/.venv Interop/out Benchmarks/quality/.venv Benchmarks/quality/out

# What a listener hears over a bad network; see Benchmarks/quality/README.md. make quality QUALITY="--quick"
.PHONY: quality
QUALITY_PACKAGES = espeak-ng libspandsp2 gcc python3-dev python3-venv
quality: build
	@Tools/install $(QUALITY_PACKAGES)
	Benchmarks/quality/run $(QUALITY)

.PHONY: fuzz
FUZZ_SECONDS ?= 900
# Each reader of what the network sends, one after the other; see Fuzz/README.md.
fuzz:
	for target in message uri headers framing sdp events notifier digest; do Fuzz/run $$target $(FUZZ_SECONDS) || exit 1; done

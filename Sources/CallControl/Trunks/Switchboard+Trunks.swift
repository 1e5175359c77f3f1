import Logging
import SIP
import SIPDialogs
import SIPRegistration
import Timing

/// Registrations at upstreams, from the start of the server to its end.
extension Switchboard {
    /// Registers everywhere, spread over a while so that a restart is no storm.
    package func startTrunks(at now: MonotonicTime) {
        self.now = now
        let random: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
        let delays = TrunkPolicy().startDelays(count: settings.trunks.count, random: random)
        for (index, trunk) in settings.trunks.enumerated() {
            trunks.append(Trunk(settings: trunk, registration: Registration(trunk.registration, random: random)))
            drive(index) { [now] in $0.start(after: delays[index], at: now, into: &$1) }
        }
    }

    /// Takes the bindings back; `whenIdle` waits for the answers.
    func stopTrunks() {
        for index in trunks.indices { drive(index) { [now] in $0.stop(at: now, into: &$1) } }
    }

    var trunksAreQuiet: Bool { trunkRequests.isEmpty }

    private func drive(_ index: Int, _ step: (inout Registration, inout [RegistrationOutput]) -> Void) {
        var outputs: [RegistrationOutput] = []
        step(&trunks[index].registration, &outputs)
        for output in outputs {
            switch output {
            case .send(let request): send(request, of: index)
            case .state(let state):
                let trunk = trunks[index]
                let metadata: Logger.Metadata = [
                    "trunk": "\(trunk.settings.name)",
                    "state": "\(TrunkListing(trunk.settings.name, trunk.registration.report, at: now).state)",
                ]
                if case .failed = state {
                    let failure = trunk.registration.report.lastFailure
                    log.warning("trunk", metadata: metadata.merging(["reason": "\(failure?.reason ?? "")"]) { $1 })
                } else {
                    log.info("trunk", metadata: metadata)
                }
            }
        }
        deadlines.set(trunks[index].registration.nextDeadline, for: .trunk(index))
    }

    private func send(_ request: RegisterRequest, of index: Int) {
        let hop = request.routes.first.flatMap { try? NameAddress.parse($0).uri } ?? request.target
        settings.locate(hop) { [self] flows in
            guard let flow = flows.first else {
                // No way to it is like no answer from it: the machine backs off.
                let silence = RequestOutcome.unsent(.serviceUnavailable, target: request.target, sequence: request.sequence)
                return drive(index) { [now] in $0.receive(silence, at: now, into: &$1) }
            }
            var handle: RequestHandle?
            signal { [now] in handle = $0.send(request.outgoing(over: flow), at: now, into: &$1) }
            if let handle { trunkRequests[handle] = index }
        }
    }

    /// The answer to a REGISTER; false when it was to something else.
    func trunkResponded(_ request: RequestHandle, _ outcome: RequestOutcome) -> Bool {
        guard let index = trunkRequests[request] else { return false }
        guard outcome.status.isFinal else { return true }
        trunkRequests[request] = nil
        drive(index) { [now] in $0.receive(outcome, at: now, into: &$1) }
        tellWhenIdle()
        return true
    }

    func fireTrunk(_ index: Int) {
        guard trunks.indices.contains(index) else { return }
        drive(index) { [now] in $0.fire(at: now, into: &$1) }
    }

    /// The trunk that calls to this address go over.
    func trunk(for uri: SIPURI) -> Trunk? {
        trunks.first { $0.settings.host.equalsIgnoringCase(uri.host) }
    }

    package func trunkListings(at now: MonotonicTime) -> [TrunkListing] {
        trunks.map { TrunkListing($0.settings.name, $0.registration.report, at: now) }
    }
}

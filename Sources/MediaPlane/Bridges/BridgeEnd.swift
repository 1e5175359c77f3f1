/// What a bridged session keeps for the bridge: stands in its block of memory, touched by its media thread alone.
///
/// ```
///            ┌──── session a ────┐            ┌──── session b ────┐
///  peer ───► │ forecast          │ ─────────► │ stamps, key       │ ───► peer
///  peer ◄─── │       stamps, key │ ◄───────── │          forecast │ ◄─── peer
///            └───────────────────┘            └───────────────────┘
/// ```
struct BridgeEnd {
    /// How the one's sound reaches the other: the same for both directions.
    enum Mode {
        /// Not at all: one of the two has nothing negotiated yet.
        case silent
        /// As it came, packet by packet and at once, with other numbers.
        case relayed
        /// Put in order, decoded, encoded, and cut into packets of the other's length.
        case transcoded

        init(_ one: MediaStream?, _ other: MediaStream?) {
            guard let one, let other else {
                self = .silent
                return
            }
            self = one.codec == other.codec && one.packetTime == other.packetTime ? .relayed : .transcoded
        }
    }

    var mode = Mode.silent
    /// Telephone keys of this session's peer go on to the other one.
    var passesKeys: Bool
    /// Relayed: when the next packet of this session's peer is looked for.
    var forecast = ArrivalForecast()
    /// Relayed: the numbers of what goes to this session's peer, and when the time stamp of our own line holds, ns.
    var stamps = Restamping()
    var stampTime: Int64 = 0
    /// The key that is passed to this session's peer.
    var key = PassedKey()

    init(passesKeys: Bool) { self.passesKeys = passesKeys }
}

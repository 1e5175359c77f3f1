/// The single steps on disk of what the store does, in order. Between any two the server may be killed; tests stop there and look.
enum StoreStep: String, CaseIterable, Sendable {
    case mailboxRow, mailboxFolders
    case beginRow, beginFolders
    case deliverRow
    case adoptRow, adoptFile, adoptDelivery, adoptSource
    case removalRow, removalFile, removalEnd
    case markRow
    case greetingFile, greetingRemoved
}

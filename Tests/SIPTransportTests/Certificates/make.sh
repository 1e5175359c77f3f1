#!/bin/sh
# Makes the certificates of the tests anew: sh make.sh
# They prove nothing to anybody: the authority's key is thrown away, and nothing but these tests believes it.
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

new_key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }
new_key key.pem
new_key other-key.pem
new_key "$scratch/authority.key"

# The `ca` command, since it alone sets both ends of a certificate's time.
: > "$scratch/index.txt"
cat > "$scratch/ca.cnf" <<END
[ca]
default_ca = test
[test]
database = $scratch/index.txt
new_certs_dir = $scratch
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
END

# signed NAME KEY EXTENSIONS END HOW...
signed() {
    name=$1 key=$2 extensions=$3 end=$4
    shift 4
    openssl req -new -key "$key" -subj "/CN=$name.example" -out "$scratch/$name.csr"
    printf '%s\n' "$extensions" > "$scratch/$name.ext"
    openssl ca -batch -notext -config "$scratch/ca.cnf" -in "$scratch/$name.csr" -extfile "$scratch/$name.ext" \
        -startdate 20200101000000Z -enddate "$end" -out "$name.pem" "$@"
}
far=21200101000000Z
signed authority "$scratch/authority.key" "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign" $far -selfsign -keyfile "$scratch/authority.key"
by_authority="-cert authority.pem -keyfile $scratch/authority.key"

# Without extended usages: good for clients and servers alike.
# RFC 5922 §7.1: the sip URI counts, the DNS name beside it does not.
signed right key.pem "subjectAltName=URI:sip:example.com,DNS:beside.example.com" $far $by_authority
signed dns key.pem "subjectAltName=DNS:Example.com,DNS:second.example.com" $far $by_authority
signed wrong key.pem "subjectAltName=DNS:example.net,URI:sip:bob@example.com,URI:https://example.com" $far $by_authority
signed wildcard key.pem "subjectAltName=DNS:*.example.com" $far $by_authority
signed address key.pem "subjectAltName=IP:127.0.0.1" $far $by_authority
signed client key.pem "subjectAltName=URI:sip:client.example" $far $by_authority
signed expired key.pem "subjectAltName=DNS:example.com" 20210101000000Z $by_authority
# An authority that nobody knows.
signed selfsigned key.pem "subjectAltName=DNS:example.com" $far -selfsign -keyfile key.pem

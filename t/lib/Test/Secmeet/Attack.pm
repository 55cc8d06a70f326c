package Test::Secmeet::Attack;

# Copyright (C) secmeet contributors

# What the tests of attacks have in common: the counters of the status page,
# what a worker costs, and messages of STUN and DTLS that no honest program
# would send.  The configuration of such a test has "location = /status".

use warnings;
use strict;

use Exporter qw/ import /;

our @EXPORT = qw/ counters since cpu memory descriptors flow whole stun
	credentials client_hello handshake record /;

use Carp qw/ croak /;
use Compress::Raw::Zlib ();
use Digest::SHA qw/ hmac_sha1 /;

###############################################################################

# the counters by name, and their growth

sub counters {
	my ($t) = @_;

	my $json = $t->get('/status')->{json} or croak 'no status';

	return { %{$json->{counters}}, rooms => $json->{rooms},
		peers => $json->{peers} };
}

sub since {
	my ($t, $before) = @_;

	my $now = counters($t);

	return { map { $_ => $now->{$_} - $before->{$_} } keys %$now };
}

# microseconds on a CPU, kilobytes resident, open files: of the worker

sub cpu {
	my ($t) = @_;
	return (split ' ', slurp($t, 'schedstat'))[0] / 1000;
}

sub memory {
	my ($t) = @_;
	return slurp($t, 'status') =~ /^VmRSS:\s+(\d+)/m ? $1 : croak 'VmRSS';
}

sub descriptors {
	my ($t) = @_;
	return scalar(() = glob '/proc/' . ($t->workers())[0] . '/fd/*');
}

sub slurp {
	my ($t, $name) = @_;

	my ($pid) = $t->workers();

	open my $fh, '<', "/proc/$pid/$name" or croak "no worker: $!";
	local $/;

	return scalar <$fh>;
}

###############################################################################

# what one member hears of another's audio, and whether nothing is wrong

sub flow {
	my ($from, $to) = @_;

	my $line = $to->heard()->{$from->marked('audio')} or return {};

	return { %$line, %{$line->{flow}} };
}

sub whole {
	my ($from, $to) = @_;

	my $flow = flow($from, $to);
	my $wrong = 0;

	$wrong += $flow->{$_} // 0 for qw/ missing duplicates bad bad_mark
		bad_mid bad_level bad_pt seq_breaks timestamp_breaks /;

	return $flow->{packets} && !$wrong;
}

###############################################################################

# STUN: type, id, attributes as [type, value]; key: MESSAGE-INTEGRITY by it;
# fingerprint => 1; RFC 8489, 14.5 and 14.7

sub stun {
	my (%opt) = @_;

	my $body = join '', map { attribute(@$_) } @{$opt{attributes} || []};
	my $head = sub {
		pack('nnN', $opt{type} // 1, length($body) + $_[0], 0x2112a442)
			. ($opt{id} // pack 'N3', map { int rand 1 << 32 } 1 .. 3);
	};

	if (defined $opt{key}) {
		my $first = $head->(24);

		$opt{id} = substr $first, 8;
		$body .= attribute(8, hmac_sha1($first . $body, $opt{key}));
	}

	if ($opt{fingerprint}) {
		my $first = $head->(8);

		$opt{id} = substr $first, 8;
		$body .= attribute(0x8028, pack 'N',
			Compress::Raw::Zlib::crc32($first . $body) ^ 0x5354554e);
	}

	return $head->(0) . $body;
}

sub attribute {
	my ($type, $value) = @_;

	my $padding = -length($value) % 4;

	return pack('nn', $type, length $value) . $value . "\0" x $padding;
}

# of a session description: (ufrag, password)

sub credentials {
	my ($sdp) = @_;

	my ($ufrag) = $sdp =~ /^a=ice-ufrag:(\S+)/m;
	my ($pwd) = $sdp =~ /^a=ice-pwd:(\S+)/m;

	return ($ufrag, $pwd);
}

###############################################################################

# DTLS: a record of epoch 0, and a ClientHello with these cipher suites and
# nothing else; RFC 6347, 4.1 and 4.2.2

sub record {
	my ($type, $body, $seq, $epoch) = @_;

	return pack('CnnnNn', $type, 0xfeff, $epoch // 0, 0, $seq // 0,
		length $body) . $body;
}

sub client_hello {
	my (@suites) = @_;

	my $body = pack('n', 0xfefd) . 'r' x 32 . pack('CC', 0, 0)
		. pack('n', 2 * @suites) . pack('n*', @suites) . pack('CC', 1, 0);

	return record(22, handshake(1, $body));
}

# a fragment of a handshake message: type, bytes, then number, offset, length

sub handshake {
	my ($type, $body, $seq, $offset, $len) = @_;

	return pack('C', $type) . uint24($len // length $body)
		. pack('n', $seq // 0) . uint24($offset // 0)
		. uint24(length $body) . $body;
}

sub uint24 { return substr pack('N', $_[0]), 1 }

###############################################################################

1;

###############################################################################

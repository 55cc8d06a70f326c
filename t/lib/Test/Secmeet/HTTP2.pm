package Test::Secmeet::HTTP2;

# Copyright (C) secmeet contributors

# As much of HTTP/2 (RFC 9113) as a test of nginx needs: requests one after
# the other, by prior knowledge, with header fields that are not compressed.
#
#     my $h2 = Test::Secmeet::HTTP2->new($socket);
#     my $status = $h2->request('PUT', '/a', body => '{}');

use warnings;
use strict;

use IO::Select ();
use Time::HiRes qw/ time /;

use constant {
	DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4, GOAWAY => 7,
	END_STREAM => 1, END_HEADERS => 4, ACK => 1,
};

# RFC 7541, Appendix A: what nginx sends from the static table

my %STATUS = (0x88 => 200, 0x89 => 204, 0x8a => 206, 0x8b => 304,
	0x8c => 400, 0x8d => 404, 0x8e => 500);

sub new {
	my ($class, $socket) = @_;

	my $self = bless { socket => $socket, id => 1, buffer => '' }, $class;

	$socket->syswrite("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
		. frame(SETTINGS, 0, 0, ''));

	return $self;
}

sub frame {
	my ($type, $flags, $id, $payload) = @_;

	return pack('CnCCN', length($payload) >> 16, length($payload) & 0xffff,
		$type, $flags, $id) . $payload;
}

# an integer of 7 bits and more after it, then the text (RFC 7541, 5.2)

sub text {
	my ($text) = @_;

	my $n = length $text;

	return chr($n) . $text if $n < 127;

	$n -= 127;

	my $prefix = chr 127;

	while ($n > 127) {
		$prefix .= chr($n % 128 + 128);
		$n >>= 7;
	}

	return $prefix . chr($n) . $text;
}

sub field {
	my ($name, $value) = @_;
	return "\0" . text($name) . text($value);
}

# the status; 0 if the stream or the connection ended without one; with
# "leave" the body is not sent to its end and nothing waited for

sub request {
	my ($self, $method, $path, %opt) = @_;

	my $id = $self->{id};
	my $body = $opt{body};
	my $headers = join '', field(':method', $method), field(':scheme', 'http'),
		field(':path', $path), field(':authority', $opt{host} || 'localhost'),
		map { field(lc, $opt{headers}{$_}) } sort keys %{$opt{headers} || {}};

	$self->{id} += 2;

	my $frames = frame(HEADERS, END_HEADERS
		| (defined $body ? 0 : END_STREAM), $id, $headers);

	$frames .= frame(DATA, $opt{leave} ? 0 : END_STREAM, $id, $body)
		if defined $body;

	$self->{socket}->syswrite($frames);

	return $opt{leave} ? 0 : $self->status($id);
}

sub status {
	my ($self, $id) = @_;

	while (my ($type, $flags, $stream, $payload) = $self->read_frame()) {

		if ($type == SETTINGS && !($flags & ACK)) {
			$self->{socket}->syswrite(frame(SETTINGS, ACK, 0, ''));

		} elsif ($type == GOAWAY
			|| $type == RST_STREAM && $stream == $id)
		{
			return 0;

		} elsif ($type == HEADERS && $stream == $id) {
			return parse_status($payload);
		}
	}

	return 0;
}

# nginx sends the status first: indexed, or as a literal of three characters

sub parse_status {
	my ($payload) = @_;

	my $first = ord $payload;

	# an update of the table's size goes before it

	if (($first & 0xe0) == 0x20) {
		$payload =~ s/^(?:\x3f[\x80-\xff]*[\x00-\x7f]|.)//s;
		$first = ord $payload;
	}

	return $STATUS{$first} if $STATUS{$first};
	return $1 if $payload =~ /^[\x08\x48\x18]\x03(\d{3})/;
	return 1;
}

sub read_frame {
	my ($self) = @_;

	my $end = time() + Test::Secmeet::timeout(5);

	for ( ;; ) {
		if (length $self->{buffer} >= 9) {
			my ($high, $low, $type, $flags, $id)
				= unpack 'CnCCN', $self->{buffer};
			my $length = $high * 65536 + $low;

			if (length $self->{buffer} >= 9 + $length) {
				my $frame = substr $self->{buffer}, 0, 9 + $length, '';
				return ($type, $flags, $id, substr $frame, 9);
			}
		}

		my $left = $end - time();

		return if $left <= 0
			|| !IO::Select->new($self->{socket})->can_read($left)
			|| !$self->{socket}->sysread($self->{buffer}, 65536,
				length $self->{buffer});
	}
}

1;

package Test::Secmeet::WebSocket;

# Copyright (C) secmeet contributors

# A WebSocket client that can also break the rules (RFC 6455).

use warnings;
use strict;

use Digest::SHA qw/ sha1_base64 /;
use IO::Select ();
use JSON::PP ();
use MIME::Base64 qw/ encode_base64 /;
use Test::More ();
use Time::HiRes qw/ time /;

use constant {
	CONTINUATION => 0, TEXT => 1, BINARY => 2,
	CLOSE => 8, PING => 9, PONG => 10,
};

my $GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

###############################################################################

# socket, host, origin, uri; also method, version, protocol, key, upgrade,
# connection and headers {name => value}: undef leaves a header out.  status,
# headers and body of the response are there in any case.

sub connect {
	my ($class, %opt) = @_;

	my $self = bless {
		socket => $opt{socket},
		buffer => '',
		queue => [],
		autopong => 1,
		status => 0,
	}, $class;

	my $key = exists $opt{key} ? $opt{key}
		: encode_base64(random_bytes(16), '');

	my %headers = (
		Host => $opt{host},
		Origin => $opt{origin},
		Upgrade => 'websocket',
		Connection => 'Upgrade',
		'Sec-WebSocket-Key' => $key,
		'Sec-WebSocket-Version' => 13,
		'Sec-WebSocket-Protocol' => 'secmeet.1',
		%{$opt{headers} || {}},
	);

	my $request = ($opt{method} || 'GET') . " $opt{uri} HTTP/1.1\r\n";

	for my $name (sort keys %headers) {
		$request .= "$name: $headers{$name}\r\n"
			if defined $headers{$name};
	}

	$self->send_bytes("$request\r\n");
	$self->read_response($key);

	return $self;
}

sub read_response {
	my ($self, $key) = @_;

	my $end = time() + Test::Secmeet::timeout(8);

	until ($self->{buffer} =~ /\r\n\r\n/) {
		last unless $self->fill($end);
	}

	return unless $self->{buffer} =~ s/^(.*?\r\n)\r\n//s;

	my $head = $1;

	$self->{response} = Test::Secmeet::parse_response("$head\r\n");
	$self->{status} = $self->{response}{status};

	return if $self->{status} != 101 || !defined $key;

	my $accept = $self->{response}{headers}{'sec-websocket-accept'} || '';

	$self->{accepted} = $accept eq sha1_base64($key . $GUID) . '=';

	return;
}

sub status { return $_[0]->{status} }
sub response { return $_[0]->{response} }
sub accepted { return $_[0]->{accepted} }

# to answer no pings

sub autopong { $_[0]->{autopong} = $_[1]; return $_[0] }

###############################################################################

# sending

sub send_bytes {
	my ($self, $bytes) = @_;

	my $offset = 0;

	while ($offset < length $bytes) {
		my $n = $self->{socket}->syswrite($bytes, length($bytes) - $offset,
			$offset);

		return 0 unless $n;
		$offset += $n;
	}

	return 1;
}

# a frame: opcode, data, fin (1), rsv (0), mask (random; 0: none, or four
# bytes), len (what the header says), form (7, 16 or 64: bits of the length)

sub frame {
	my ($self, %opt) = @_;

	my $data = $opt{data} // '';
	my $len = $opt{len} // length $data;
	my $form = $opt{form} // ($len < 126 ? 7 : $len < 65536 ? 16 : 64);
	my $mask = $opt{mask} // random_bytes(4);

	my $first = (($opt{fin} // 1) << 7) | (($opt{rsv} // 0) << 4)
		| ($opt{opcode} // TEXT);
	my $bit = length $mask == 4 ? 0x80 : 0;

	my $frame = $form == 7 ? pack('CC', $first, $bit | $len)
		: $form == 16 ? pack('CCn', $first, $bit | 126, $len)
		: pack('CCQ>', $first, $bit | 127, $len);

	return $frame . $data unless $bit;

	my $n = int((length $data) / 4) + 1;

	return $frame . $mask . ($data ^ substr($mask x $n, 0, length $data));
}

sub send_raw_frame {
	my ($self, %opt) = @_;
	return $self->send_bytes($self->frame(%opt));
}

sub send_text {
	my ($self, $text) = @_;

	Test::More::note("ws >> $text") if $ENV{SECMEET_VERBOSE};

	return $self->send_raw_frame(opcode => TEXT, data => $text);
}

# a message: send('offer', sdp => $sdp)

sub send {
	my ($self, $type, %fields) = @_;

	return $self->send_text(JSON::PP->new->canonical->utf8->encode(
		{ type => $type, %fields }));
}

sub ping {
	my ($self, $data) = @_;
	return $self->send_raw_frame(opcode => PING, data => $data);
}

# a close frame; without a code an empty one

sub close {
	my ($self, $code, $reason) = @_;

	return $self->send_raw_frame(opcode => CLOSE,
		data => defined $code ? pack('n', $code) . ($reason // '') : '');
}

# no goodbye

sub disconnect {
	my ($self) = @_;
	return CORE::close $self->{socket};
}

###############################################################################

# receiving

# true if bytes came before the time

sub fill {
	my ($self, $end) = @_;

	return 0 if $self->{eof};

	my $left = $end - time();

	$left = 0 if $left < 0;

	return 0 unless IO::Select->new($self->{socket})->can_read($left);

	my $n = $self->{socket}->sysread($self->{buffer}, 65536,
		length $self->{buffer});

	return 1 if $n;

	$self->{eof} = 1;

	return 0;
}

# {opcode, fin, rsv, masked, data}, or undef when the time is over or the
# connection at its end

sub read_frame {
	my ($self, $seconds) = @_;

	my $end = time() + Test::Secmeet::timeout($seconds);

	for ( ;; ) {
		my $frame = $self->parse_frame();

		return $frame if $frame;
		return unless $self->fill($end);
	}
}

sub parse_frame {
	my ($self) = @_;

	my $buffer = $self->{buffer};

	return if length $buffer < 2;

	my ($first, $len) = unpack 'CC', $buffer;
	my $masked = $len & 0x80;
	my $head = 2;

	$len &= 0x7f;

	if ($len == 126) {
		return if length $buffer < 4;
		$len = unpack 'x2n', $buffer;
		$head = 4;

	} elsif ($len == 127) {
		return if length $buffer < 10;
		$len = unpack 'x2Q>', $buffer;
		$head = 10;
	}

	$head += 4 if $masked;

	return if length $buffer < $head + $len;

	$self->{buffer} = substr $buffer, $head + $len;

	return {
		opcode => $first & 0xf, fin => $first >> 7,
		rsv => $first >> 4 & 7, masked => $masked,
		data => substr($buffer, $head, $len),
	};
}

# the next message, decoded; undef when the time is over, or at the end:
# see close_code()

sub read_message {
	my ($self, $seconds) = @_;

	return shift @{$self->{queue}} if @{$self->{queue}};

	my $end = time() + Test::Secmeet::timeout($seconds);

	while (!$self->{closed}) {
		my $frame = $self->take_frame($end) or return;

		next unless $frame->{opcode} == TEXT;

		Test::More::note("ws << $frame->{data}")
			if $ENV{SECMEET_VERBOSE};

		return JSON::PP->new->utf8->decode($frame->{data});
	}

	return;
}

# a frame of any kind; answers pings and remembers the close code

sub take_frame {
	my ($self, $end) = @_;

	my $frame;

	until ($frame = $self->parse_frame()) {
		return unless $self->fill($end);
	}

	if ($frame->{opcode} == PING && $self->{autopong}) {
		$self->send_raw_frame(opcode => PONG, data => $frame->{data});

	} elsif ($frame->{opcode} == CLOSE) {
		my $data = $frame->{data};

		$self->{closed} = 1;
		$self->{code} = length $data > 1 ? unpack('n', $data) : 1005;
		$self->{reason} = length $data > 2 ? substr($data, 2) : '';

		# the answer that ends the handshake

		$self->send_raw_frame(opcode => CLOSE,
			data => substr $data, 0, 2);
	}

	return $frame;
}

# the next message of this type; others wait for read_message().  A list of
# pairs asks for equal fields: wait('left', peer => $id)

sub wait {
	my ($self, $type, %fields) = @_;

	my $seconds = delete $fields{timeout};
	my $end = time() + Test::Secmeet::timeout($seconds);
	my @skipped;
	my $found;

	until ($found) {
		my $left = ($end - time()) / Test::Secmeet::timeout(1);
		my $message = $self->read_message($left > 0 ? $left : 0);

		last unless $message;

		$found = $message if $message->{type} eq $type
			&& !grep { ($message->{$_} // '') ne $fields{$_} }
				keys %fields;

		push @skipped, $message unless $found;
	}

	unshift @{$self->{queue}}, @skipped;

	return $found;
}

# true if no message (of this type) comes within the time; 0.3 s by default

sub silent {
	my ($self, $type, $seconds) = @_;

	$seconds //= 0.3;

	return defined $type ? !$self->wait($type, timeout => $seconds)
		: !$self->read_message($seconds);
}

# the code of the close frame, "eof" without one, undef while it is open;
# messages on the way go to the queue

sub close_code {
	my ($self, $seconds) = @_;

	my $end = time() + Test::Secmeet::timeout($seconds);

	while (!$self->{closed}) {
		my $frame = $self->take_frame($end) or last;

		push @{$self->{queue}}, JSON::PP->new->utf8->decode($frame->{data})
			if $frame->{opcode} == TEXT;
	}

	return $self->{code} if $self->{closed};
	return $self->{eof} ? 'eof' : undef;
}

sub close_reason { return $_[0]->{reason} }

# true when the server has closed the connection

sub ended {
	my ($self, $seconds) = @_;

	my $end = time() + Test::Secmeet::timeout($seconds);

	1 while $self->fill($end);

	return $self->{eof};
}

###############################################################################

# joins: the answer, "joined" or "denied"

sub join {
	my ($self, %fields) = @_;

	$self->send('join', %fields);

	return $self->read_message();
}

# sends an offer and returns the answer (or the error)

sub offer {
	my ($self, %fields) = @_;

	$self->send('offer', %fields);

	my (@skipped, $answer);

	while (my $message = $self->read_message()) {
		$answer = $message if $message->{type} =~ /^(?:answer|error)$/;
		last if $answer;
		push @skipped, $message;
	}

	unshift @{$self->{queue}}, @skipped;

	return $answer;
}

sub random_bytes {
	my ($n) = @_;
	return pack 'H*', Test::Secmeet::random_hex($n);
}

###############################################################################

1;

###############################################################################

#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Gone means gone.  A meeting is full of strings that are nowhere else, of
# each kind of data that there is; when it is over, none of them is in the
# memory of any process of nginx: stack, heap, shared zones, all that can be
# written.  While it goes on none of them is in a log or on the disk, and what
# only passes through, such as the chat, is not in memory either.
#
# For each kind there is a moment at which it must be found, so that the
# search can fail: what is kept for as long as the meeting lasts, then; what
# passes through, while it does.  The kinds that never reach the server are
# looked for under the same conditions, and are said by somebody once.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use Digest::SHA qw/ hmac_sha256 /;
use File::Find ();
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use JSON::PP ();
use MIME::Base64 qw/ decode_base64url encode_base64url /;
use POSIX ();
use Socket qw/ AF_UNIX PF_UNSPEC SOCK_STREAM inet_aton /;
use Time::HiRes qw/ time /;

###############################################################################

# what may be written: the run folder has the epoch of a meeting's claim, which
# is random and renewed whenever somebody leaves, for as long as it lasts

my %WRITTEN = (
	'epoch' => qr{^nginx\.pid\.secmeet/r\.\w+$},
);

# seconds after the last leave

my $SOON = 3;

my %TRANSPORT = (
	ufrag => [ 'kept', 'ufrag, of the client' ],
	pwd => [ 'passes', 'ICE password, of the client' ],
	server_ufrag => [ 'kept', 'ufrag, of the server' ],
	server_pwd => [ 'kept', 'ICE password, of the server' ],
	fingerprint => [ 'kept', 'fingerprint' ],
	dtls_master => [ 'kept', 'DTLS: master secret' ],
	dtls_client_key => [ 'kept', 'DTLS: key of the client' ],
	dtls_server_key => [ 'kept', 'DTLS: key of the server' ],
	map { my $side = $_; map {
		my ($what, $text) = @$_;
		"srtp_${side}_$what" => [ 'kept', "SRTP: $text of the $side" ];
	} ([ 'master', 'master key' ], [ 'salt', 'master salt' ],
		[ 'rtp_key', 'key' ], [ 'rtp_salt', 'salt' ],
		[ 'rtcp_key', 'RTCP key' ], [ 'rtcp_salt', 'RTCP salt' ])
	} qw/ client server /
);

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();
$t->skip_all('memory of a sanitizer')
	if $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};
$t->skip_all('not root') if $> != 0;

my $dir = $t->testdir();

$t->certificate('localhost') or $t->skip_all('no openssl');

# whatever nginx may write, it is told to

$t->plan()->write_file_expand('nginx.conf', <<'EOC');

%%GLOBALS%%

secmeet_hide_addresses on;

worker_processes WORKERS;

events {
}

stream {
    server {
        listen 127.0.0.1:MEDIA udp REUSEPORT;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    # who the site lets in, it may know: README.md says how not to

    log_format all '$request $status "$http_referer" "$http_user_agent" '
                   '$request_uri $uri $args $http_authorization '
                   '$request_body $sent_http_location';

    client_body_in_file_only on;

    ssl_certificate %%TESTDIR%%/cert.pem;
    ssl_certificate_key %%TESTDIR%%/key.pem;

    # a connection and its address may be there for five seconds more

    lingering_close off;

    secmeet_resume_timeout 1s;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;
        listen 127.0.0.1:%%PORT_8443%% ssl reuseport;
        listen 127.0.0.1:%%PORT_8444%% ssl http2;

        access_log %%TESTDIR%%/access.log all;

        location /meet/rooms/ {
            secmeet meet;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

my $conf = $t->read_file('nginx.conf');
my ($peer, @sdp, @children, %children);

watch_sdp();

# on a port that workers may not bind all of the media is relayed

for ([ 1, '' ], [ 2, '' ], [ 2, 'TLS' ], [ 4, '' ], [ 2, 'relay' ]) {
	my ($workers, $kind) = @$_;
	my $name = join ', ', "$workers workers", $kind || ();

	run($workers, $kind) or next;

	subtest("$name: $_", sub {
		meeting($workers, $kind eq 'TLS', $_);
		return done_testing();
	}) for qw/ leave host lost /;

	subtest("$name, HTTP/2", \&http2) if $kind eq 'TLS';

	undef $peer;
	$t->stop();
}

###############################################################################

sub run {
	my ($workers, $kind) = @_;

	my $low = $kind eq 'relay' ? $t->low_port() : $t->port(3478);

	return unless $low;

	$t->write_file('nginx.conf', $conf =~ s/WORKERS/$workers/r
		=~ s/MEDIA/$low/r
		=~ s/REUSEPORT/$workers > 1 ? 'reuseport' : ''/er)->run();

	return $peer = Test::Secmeet::Peer->new();
}

sub meeting {
	my ($workers, $tls, $way) = @_;

	my %m = (tls => $tls, way => $way, kinds => {}, seen => {});

	@sdp = ();

	create(\%m, $workers);
	join_all(\%m, $workers);
	gather(\%m);

	found_while_it_passes(\%m);
	found_while_it_lasts(\%m);
	nowhere_else(\%m, 'meanwhile');

	leave(\%m);
	gone(\%m);
	nowhere_else(\%m, 'afterwards', 1);

	kill 'KILL', @children;
	waitpid $_, 0 for splice @children;

	return;
}

###############################################################################

# the meeting

sub create {
	my ($m, $workers) = @_;

	my $secret = bytes(16);
	my $password = 'open ' . Test::Secmeet::random_hex(12);

	$m->{tag} = unpack 'H*', hkdf($secret, 'secmeet 1 tag', 16);

	my $stretched = stretch($password, $m->{tag});
	my $proof = hkdf($secret . $stretched, 'secmeet 1 proof', 32);

	$m->{proof} = encode_base64url($proof);

	kind($m, 'never', 'link', encode_base64url($secret));
	kind($m, 'never', 'secret of the link', $secret);
	kind($m, 'never', 'password', $password);
	kind($m, 'never', 'stretched password', $stretched);
	kind($m, 'never', 'tag, decoded', pack 'H*', $m->{tag});
	kind($m, 'never', 'proof, decoded', $proof);
	kind($m, 'passes', 'proof', $m->{proof});
	kind($m, 'kept', 'tag', $m->{tag});

	my $from = From->from($t, $m->{tls});
	my $answer = $from->put("/meet/rooms/$m->{tag}",
		json => { proof => $m->{proof} });

	is($answer->{status}, 201, 'created') or return;

	$m->{creator} = $from;
	$m->{host} = $answer->{json}{host};
	$m->{tickets} = [ $answer->{json}{resume} ];

	my ($claim) = glob "$dir/*.secmeet/r.*";
	my ($owner) = readlink($claim) =~ /^(w\.\w{8})\./;

	($m->{owner}) = grep { $t->holds($_, $owner) } $t->workers();

	kind($m, 'never', 'address, of HTTP', $from->{from});
	kind($m, 'passes', 'address, of HTTP, in bytes', $from->bytes());

	return;
}

# alice is at the door of another worker than the meeting's, bob is at its own

sub join_all {
	my ($m, $workers) = @_;

	my $owner = $m->{owner};

	for my $n (0, 1) {
		my $from = From->from($t, $m->{tls}, $workers == 1 ? undef
			: $n ? sub { $_[0] == $owner } : sub { $_[0] != $owner });
		my $name = 'name ' . Test::Secmeet::random_hex(12);
		my $member = Test::Secmeet::Member->new($from, $peer,
			name => $name, bind => address());

		$member->join($m->{tag}, proof => $m->{proof},
			$n ? () : (host => $m->{host}));
		push @{$m->{members}}, $member;
		push @{$m->{doors}}, $from;

		kind($m, 'kept', 'name', $name);
		kind($m, 'kept', 'id of a peer', $member->you());
	}

	$_->publish('audio', 'video') for @{$m->{members}};

	for my $member (@{$m->{members}}) {
		ok($member->connected(10) && $member->complete(2, 10),
			'connected') or return;
	}

	$_->start('audio', rate => 50, size => 120) for @{$m->{members}};

	ok(loop(sub { !grep { !(values %{$_->heard()})[0] } @{$m->{members}} },
		10), 'they hear each other');

	$_->stop() for @{$m->{members}};

	# somebody who only writes

	$m->{writer} = From->from($t, $m->{tls});
	$m->{ws} = $m->{writer}->ws($m->{tag});

	my $joined = $m->{ws}->join(name => 'writer', proof => $m->{proof});

	is($joined->{type}, 'joined', 'so does who writes');

	push @{$m->{tickets}}, $joined->{resume},
		map { $_->{ticket} } @{$m->{members}};

	return;
}

# what is to be looked for

sub gather {
	my ($m) = @_;

	kind($m, 'passes', 'token of a host', $m->{host});
	kind($m, 'passes', 'ticket', $_) for @{$m->{tickets}};
	kind($m, 'passes', 'chat', 'chat ' . Test::Secmeet::random_hex(12))
		for 1 .. 2;

	sealed($m, $_) for @{$m->{tickets}};

	for my $member (@{$m->{members}}) {
		kind($m, 'kept', 'id of a track', $_)
			for values %{$member->{tracks}};
		transport($m, $peer->secrets($member->id())->{secrets});
	}

	for my $from (@{$m->{doors}}, $m->{writer}) {
		kind($m, 'never', 'address, of HTTP', $from->{from});
		kind($m, 'kept', 'address, of HTTP, in bytes', $from->bytes());
	}

	for my $sdp (@sdp) {
		my %seen;

		kind($m, 'passes', 'SDP', $_) for grep { !$seen{$_}++ }
			$sdp =~ /^o=\S+ (\d{6,})/m,
			$sdp =~ /^a=(?:ice-pwd|ice-ufrag|fingerprint):[^\r\n]+/mg;

		# RTCP says it again and again

		kind($m, 'rarely', 'CNAME', $_) for $sdp =~ /cname:(\S{6,})/g;
	}

	return;
}

# what only workers can read

sub sealed {
	my ($m, $ticket) = @_;

	my $key = hmac_sha256('ticket', whole((glob "$dir/*.secmeet/key")[0]));
	my $open = $peer->unseal(hex => unpack('H*', $key)
		. unpack 'H*', decode_base64url($ticket))->{ticket};

	kind($m, 'kept', 'id of the room', pack 'H*', $open->{room});
	kind($m, 'kept', 'key of the room', pack 'H*', $open->{key});
	kind($m, 'kept', 'hash of the proof', pack 'H*', $open->{proof});
	kind($m, 'kept', 'hash of the token', pack 'H*', $open->{token});
	kind($m, 'kept', 'epoch', pack 'H*', $open->{epoch});

	return;
}

sub transport {
	my ($m, $secrets) = @_;

	for my $name (sort keys %TRANSPORT) {
		my ($when, $kind) = @{$TRANSPORT{$name}};
		my $text = $secrets->{$name};

		die "no $name\n" unless defined $text;

		kind($m, $when, $kind,
			$name =~ /ufrag|pwd/ ? $text : pack 'H*', $text);
	}

	my ($addr, $port) = split /:/, $secrets->{local};
	my $bytes = pack('n', $port) . inet_aton($addr);

	kind($m, 'kept', 'address, of media', $bytes);

	# RFC 8489, 14.2.  XOR-MAPPED-ADDRESS, and as text where nobody writes it

	kind($m, 'rarely', 'address, of media, in STUN',
		$bytes ^ pack 'nN', 0x2112, 0x2112a442);
	kind($m, 'rarely', 'address, of media, as text', $addr);

	return;
}

# when: kept, while the meeting lasts; passes, is there for a moment; never,
# the server does not get it; rarely, it may be there

sub kind {
	my ($m, $when, $name, $value) = @_;

	return if $m->{seen}{"$name $value"}++;

	push @{$m->{kinds}{$name}}, { when => $when, value => $value };

	return;
}

# a meeting is made, and ended, over a connection of the other kind

sub http2 {
	return plan(skip_all => 'no curl with HTTP/2')
		if `curl -V 2> /dev/null` !~ /HTTP2/;

	my %m = (kinds => {}, seen => {}, owner => 0);
	my $tag = Test::Secmeet::tag();
	my $from = address();
	my $origin = 'https://127.0.0.1:' . $t->port(8444);
	my $uri = "$origin/meet/rooms/$tag";
	my $proof = encode_base64url(bytes(32));

	my $curl = sub { `curl -s -k --http2 --interface $from -w '%{http_code}' \\
		-H 'Origin: $origin' @_ $uri` };

	kind(\%m, 'passes', 'tag', $tag);
	kind(\%m, 'passes', 'proof', $proof);
	kind(\%m, 'never', 'address, of HTTP', $from);

	my ($host) = $curl->("-X PUT -d '{\"proof\":\"$proof\"}'")
		=~ /"host":"([\w-]{43})".*201$/;

	ok($host, 'created') or return done_testing();
	kind(\%m, 'passes', 'token of a host', $host);

	ok(search(\%m)->{tag}, 'the meeting is there');
	is($curl->("-X DELETE -H 'Authorization: Bearer $host'"), '204',
		'ended');

	gone(\%m);
	nowhere_else(\%m, 'afterwards', 1);
	return done_testing();
}

###############################################################################

# half of a message waits for the other half

sub found_while_it_passes {
	my ($m) = @_;

	my @kinds = kinds($m, sub { $_[0] =~ /^(?:passes|never)$/ });
	my @values = map { $_->{value} } map { @{$m->{kinds}{$_}} } @kinds;
	my $text = join ' ', grep { !/[^ -~]/ } @values;
	my $json = JSON::PP->new->canonical->encode({
		type => 'send', data => $text });
	my $ws = $m->{ws};

	$ws->send_raw_frame(opcode => 1, fin => 0, data => $json);

	my $hits;

	waitfor(sub { ($hits = search($m))->{chat} }, 5);

	for my $kind (@kinds) {
		next unless grep { $_->{value} !~ /[^ -~]/ }
			@{$m->{kinds}{$kind}};
		ok($hits->{$kind}, "found while it passes: $kind");
	}

	$ws->send_raw_frame(opcode => 0, data => '');

	is(scalar(grep { my $got = $_->message('message', timeout => 5);
		$got && $got->{data} eq $text } @{$m->{members}}), 2,
		'everybody has read it');

	return;
}

sub found_while_it_lasts {
	my ($m) = @_;

	# a moment ago it was in the hands of the workers

	my @passing = kinds($m, sub { $_[0] =~ /^(?:passes|never)$/ });
	my $hits;
	my $late = time() + $SOON;

	for ( ;; ) {
		my $began = time();

		$hits = search($m);

		last if $began > $late
			|| !grep { passing($m, $hits, $_) } @passing;
	}

	for my $kind (@passing) {
		my @hits = passing($m, $hits, $kind);

		is(scalar @hits, 0, "not kept: $kind");
		show($_) for @hits;
	}

	for my $kind (kinds($m, sub { $_[0] eq 'kept' })) {
		ok($hits->{$kind}, "found while it lasts: $kind");
	}

	return;
}

# hits of those values of a kind that are not kept

sub passing {
	my ($m, $hits, $kind) = @_;

	return grep { $_->{when} ne 'kept' } @{$hits->{$kind} || []};
}

sub gone {
	my ($m) = @_;

	my ($hits, $began);
	my $start = time();

	# a search takes a while: what counts is when the last one has begun

	do {
		$began = time();
		$hits = search($m);
	} while %$hits && $began < $start + $SOON;

	note(sprintf 'searched %.1f s after the end', $began - $start);

	for my $kind (kinds($m, sub { 1 })) {
		my @hits = @{$hits->{$kind} || []};

		is(scalar @hits, 0, "gone: $kind");
		show($_) for @hits;
	}

	return;
}

sub kinds {
	my ($m, $wanted) = @_;

	return grep { my $kind = $_; grep { $wanted->($_->{when}) }
		@{$m->{kinds}{$kind}} } sort keys %{$m->{kinds}};
}

# {kind => [hits]} in all processes of nginx

sub search {
	my ($m) = @_;

	my (@patterns, @what, %hits);

	for my $kind (sort keys %{$m->{kinds}}) {
		for my $value (@{$m->{kinds}{$kind}}) {
			push @patterns, unpack 'H*', $value->{value};
			push @what, [ $kind, $value->{when} ];
		}
	}

	for my $pid ($t->pid(), $t->workers(1)) {
		my $answer = $peer->scan(pid => $pid + 0, patterns => \@patterns);

		for (@{$answer->{hits}}) {
			my ($n, $at, $map) = @$_;
			my ($kind, $when) = @{$what[$n]};

			push @{$hits{$kind}}, { pid => $pid, at => $at,
				map => $map, when => $when,
				owner => $pid == $m->{owner} ? 'owner' : '' };
		}
	}

	return \%hits;
}

# where it is, to find out who has left it there

sub show {
	my ($hit) = @_;

	open my $mem, '<:raw', "/proc/$hit->{pid}/mem" or return;

	no warnings qw/ portable /;
	sysseek $mem, hex($hit->{at}) - 96, 0;
	sysread $mem, my $bytes, 256 or return;

	diag("$hit->{pid} $hit->{owner} $hit->{at} $hit->{map}");
	diag(join "\n", map { unpack('H*', $_) . '  ' . s/[^ -~]/./gr }
		$bytes =~ /(.{1,32})/gs);

	return;
}

# files and their names; in the run folder as well

sub nowhere_else {
	my ($m, $when, $over) = @_;

	my (%found, %files);

	File::Find::find({ no_chdir => 1, wanted => sub {
		my $name = $File::Find::name;

		$files{$name} = $name . ' ' . (-l $name ? readlink $name
			: -f $name ? whole($name) : '');
	} }, $dir);

	for my $kind (sort keys %{$m->{kinds}}) {
		for my $value (@{$m->{kinds}{$kind}}) {
			for my $name (keys %files) {
				next if index($files{$name}, $value->{value}) < 0;
				$found{$kind}{$name =~ s/^\Q$dir\E.//r} = 1;
			}
		}

		my $may = $WRITTEN{$kind} // qr/^$/;

		$may = qr/^$/ if $over && $kind eq 'epoch';

		is(join(' ', sort grep { $_ !~ $may } keys %{$found{$kind} || {}}),
			'', "in no log and on no disk $when: $kind");
	}

	cmp_ok(length $t->error_log(), '>', 0, 'there is an error log');
	cmp_ok(length $t->read_file('access.log'), '>', 0,
		'and an access log') if $over;

	return;
}

###############################################################################

# the end

sub leave {
	my ($m) = @_;

	if ($m->{way} eq 'host') {
		is($m->{creator}->delete("/meet/rooms/$m->{tag}",
			headers => { Authorization => "Bearer $m->{host}" })
			->{status}, 204, 'ended by the host');
		ok(loop(sub { $_->{ended} }, 5), 'told')
			for @{$m->{members}};
		$peer->close_peer($_->id()) for @{$m->{members}};
		$m->{ws}->close_code(5);

	} elsif ($m->{way} eq 'lost') {
		$m->{ws}->disconnect();
		$_->crash() for @{$m->{members}};

	} else {
		$m->{ws}->send('leave');
		is($m->{ws}->close_code(5), 1000, 'left');
		$_->leave() for @{$m->{members}};
	}

	if ($m->{tls}) {
		kill 'KILL', @children;
		waitpid $_, 0 for splice @children;
	}

	ok(waitfor(sub { my @claims = glob "$dir/*.secmeet/r.*"; !@claims },
		5), 'nobody is left');

	return;
}

###############################################################################

sub bytes {
	my ($n) = @_;
	return pack 'H*', Test::Secmeet::random_hex($n);
}

# 127.77.x.y

sub address {
	return join '.', 127, 77, map { 1 + $_ % 254 } unpack 'nn', bytes(4);
}

sub whole {
	my ($path) = @_;

	open my $fh, '<:raw', $path or return '';
	local $/;

	return <$fh> // '';
}

# RFC 5869

sub hkdf {
	my ($ikm, $info, $len) = @_;

	my $prk = hmac_sha256($ikm, '');

	return substr hmac_sha256($info . "\x01", $prk), 0, $len;
}

sub stretch {
	my ($password, $tag) = @_;

	my $out = `openssl kdf -keylen 32 -kdfopt digest:SHA256 \\
		-kdfopt hexpass:@{[unpack 'H*', $password]} \\
		-kdfopt hexsalt:@{[unpack 'H*', "secmeet 1 $tag"]} \\
		-kdfopt iter:600000 PBKDF2 2> /dev/null`;

	$out =~ s/[^0-9A-F]//gi;
	die "openssl has no PBKDF2\n" unless length $out == 64;

	return pack 'H*', $out;
}

# all SDP that goes either way

sub watch_sdp {
	no warnings qw/ redefine /;

	my $offer = \&Test::Secmeet::Peer::offer;
	my $answer = \&Test::Secmeet::Peer::answer;

	*Test::Secmeet::Peer::offer = sub {
		my $sdp = $offer->(@_);
		push @sdp, $sdp;
		return $sdp;
	};

	*Test::Secmeet::Peer::answer = sub {
		push @sdp, $_[2];
		return $answer->(@_);
	};

	return;
}

###############################################################################

# a client with an address of its own, which comes to a worker that one likes

package From;

our @ISA;

BEGIN { @ISA = ('Test::Secmeet') }

use Socket qw/ inet_aton /;

sub from {
	my ($class, $t, $tls, $wanted) = @_;

	return bless { %$t, tls => $tls, wanted => $wanted,
		from => main::address() }, $class;
}

# port and address, as they stand in a sockaddr_in and in frames

sub bytes {
	my ($self) = @_;
	return pack('n', $self->{client_port} // 0) . inet_aton($self->{from});
}

sub host {
	my ($self) = @_;
	return '127.0.0.1:' . $self->port($self->{tls} ? 8443 : 8080);
}

sub origin {
	my ($self) = @_;
	return ($self->{tls} ? 'https://' : 'http://') . $self->host();
}

sub request {
	my ($self, $method, $uri, %opt) = @_;

	return $self->SUPER::request($method, $uri, %opt,
		headers => { Origin => $self->origin(), %{$opt{headers} || {}} });
}

sub ws {
	my ($self, $tag, %opt) = @_;
	return $self->SUPER::ws($tag, origin => $self->origin(), %opt);
}

sub connection {
	my ($self) = @_;

	for (1 .. 200) {
		my ($socket, $pid) = $self->{tls} ? $self->tls() : $self->tcp();
		my $worker;

		Test::Secmeet::waitfor(sub { $worker = $self->worker() }, 5)
			or die "no worker takes the connection\n";

		return $socket if !$self->{wanted} || $self->{wanted}($worker);

		close $socket;

		if ($pid) {
			kill 'KILL', $pid;
			waitpid $pid, 0;
			@children = grep { $_ != $pid } @children;
		}

		$self->{from} = main::address();
	}

	die "no connection to that worker\n";
}

sub tcp {
	my ($self) = @_;

	return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $self->port(8080), LocalAddr => $self->{from},
		Proto => 'tcp') || die "cannot connect: $!\n";
}

# a socket whose other end openssl carries through TLS

sub tls {
	my ($self) = @_;

	my $to = '127.0.0.1:' . $self->port(8443);
	my ($ours, $theirs) = IO::Socket::UNIX->socketpair(Socket::AF_UNIX(),
		Socket::SOCK_STREAM(), Socket::PF_UNSPEC())
		or die "socketpair: $!\n";
	my $pid = fork();

	die "fork: $!\n" unless defined $pid;

	if ($pid == 0) {
		close $ours;
		open STDIN, '<&', $theirs;
		open STDOUT, '>&', $theirs;
		open STDERR, '>', '/dev/null';
		exec 'openssl', 's_client', '-quiet', '-connect', $to, '-bind',
			"$self->{from}:0", '-servername', 'localhost'
			or POSIX::_exit(127);
	}

	push @children, $pid;

	return ($ours, $pid);
}

# the one that holds the other end of what came from this address last

sub worker {
	my ($self) = @_;

	my ($ours) = map { sprintf '%08X', unpack 'V', inet_aton($_) }
		$self->{from};
	my $port = sprintf '%04X', $self->port($self->{tls} ? 8443 : 8080);

	open my $fh, '<', '/proc/net/tcp' or return;

	for (<$fh>) {
		my @field = split;

		next unless $field[1] =~ /:$port$/ && $field[3] eq '01'
			&& $field[2] =~ /^$ours:(\w{4})$/;

		my ($client, $inode) = (hex $1, $field[9]);

		for my $pid ($self->workers(1)) {
			next unless grep { (readlink($_) // '')
				eq "socket:[$inode]" } glob "/proc/$pid/fd/*";

			$self->{client_port} = $client;
			return $pid;
		}
	}

	return;
}

###############################################################################

#!/usr/bin/perl

# Copyright (C) secmeet contributors

# "secmeet_hide_addresses": no address of a client in any log line of the
# sockets of meetings, whatever goes wrong, while what handles requests knows
# it as before.  Each case runs with "off" as well, where its line is found by
# the address; so the test would notice one.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use IO::Socket::INET ();
use Socket qw/ SOL_SOCKET SO_LINGER /;

use Test::Secmeet;
use Test::Secmeet::HTTP2;

use constant {
	CLIENT => '127.0.7.9',
	FORWARDED => '198.51.100.77',
	REAL => '203.0.113.88',
};

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $t = Test::Secmeet->new()->plan();
my $dir = $t->testdir();

$t->certificate('localhost') or $t->skip_all('no openssl');

my $conf = <<'EOC';

%%GLOBALS%%

%%HIDE%%

events {
}

http {
    %%GLOBALS_HTTP%%

    log_format all '$remote_addr|$remote_port|$binary_remote_addr|'
                   '$realip_remote_addr|$realip_remote_port|'
                   '$proxy_protocol_addr|$proxy_add_x_forwarded_for|'
                   '$http_x_forwarded_for|$http_forwarded|$http_x_real_ip|'
                   '$http_cf_connecting_ip|$http_x_remote_addr| $uri';

    access_log %%TESTDIR%%/all.log all;

    client_header_timeout 1s;
    large_client_header_buffers 2 1k;
    keepalive_timeout 1h;

    limit_req_zone $remote_addr zone=req:1m rate=1r/m;
    limit_conn_zone $remote_addr zone=conn:1m;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8081%%;
        listen 127.0.0.1:%%PORT_8084%% http2;
        listen 127.0.0.1:%%PORT_8085%% reuseport;
        listen 127.0.0.1:%%PORT_8443%% ssl;

        ssl_certificate %%TESTDIR%%/cert.pem;
        ssl_certificate_key %%TESTDIR%%/key.pem;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /deny/ {
            secmeet meet;
            deny all;
        }

        location /addr {
            return 200 "$remote_addr $realip_remote_addr";
        }

        location /forward {
            proxy_pass http://127.0.0.1:%%PORT_8082%%/forwarded;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }

        location /limited/ {
            limit_req zone=req;
        }

        location /real/ {
            set_real_ip_from 127.0.0.0/8;
            real_ip_header X-Real-IP;
        }

        location /real/limited/ {
            set_real_ip_from 127.0.0.0/8;
            real_ip_header X-Real-IP;
            limit_req zone=req;
        }

        location /real/addr {
            set_real_ip_from 127.0.0.0/8;
            real_ip_header X-Real-IP;
            try_files /nothing @addr;
        }

        location @addr {
            return 200 "$remote_addr";
        }

        location /after {
            log_subrequest on;
            auth_request /asked;
            proxy_pass http://127.0.0.1:%%PORT_8082%%/forwarded;
            proxy_set_header X-Forwarded-For $remote_addr;
        }

        location = /asked {
            log_subrequest on;
            return 204;
        }

        location /down {
            proxy_pass http://127.0.0.1:%%PORT_8083%%;
        }
    }

    # by its name on a socket of meetings, and on one of its own

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen %%PORT_8081%%;
        server_name other.example;
        deny all;
    }

    server {
        listen 127.0.0.1:%%PORT_8082%%;

        location /forwarded {
            return 200 $http_x_forwarded_for;
        }

        location /deny {
            deny all;
        }
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

EOC

write_conf('secmeet_hide_addresses on;');
$t->run();

###############################################################################

# the cases: what is sent, and the line that nginx writes of it

my @cases = (
	[ 'no handshake', 8443, "\x16\x03\x01\x00\x05hello",
		qr/SSL_do_handshake\(\) failed/ ],
	[ 'plain HTTP to TLS', 8443, "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		qr/client sent plain HTTP request to HTTPS port/ ],
	[ 'bad method', 8080, "\x01\x02\r\n\r\n", qr/client sent invalid method/ ],
	[ 'bad request line', 8080, "GET / HTTP/1.1 x\r\n\r\n",
		qr/client sent invalid request while reading client request line/ ],
	[ 'bad version', 8080, "GET / HTTP/9.1\r\n\r\n",
		qr/client sent invalid version/ ],
	[ 'bad header', 8080, "GET / HTTP/1.1\r\nHost: a\r\nx\x01y: z\r\n\r\n",
		qr/client sent invalid header line/ ],
	[ 'no host', 8080, "GET / HTTP/1.1\r\n\r\n",
		qr/client sent HTTP\/1.1 request without "Host" header/ ],
	[ 'a long URI', 8080, 'GET /' . 'x' x 1100 . " HTTP/1.1\r\n\r\n",
		qr/client sent too long URI/ ],
	[ 'early close', 8080, 'GET / HT',
		qr/client prematurely closed connection/, 'close' ],
	[ 'timeout', 8080, "GET /timeout HTTP/1.1\r\n",
		qr/client timed out .*reading client request headers/ ],
	[ 'deny', 8080, request('/deny/x'), qr/access forbidden by rule/ ],
	[ 'another server of the socket', 8080,
		request('/x', Host => 'other.example'), qr/access forbidden by rule/ ],
	[ 'the socket of all addresses', 8081, request('/deny/x'),
		qr/access forbidden by rule/ ],
	[ 'a socket of each worker', 8085, request('/deny/x'),
		qr/access forbidden by rule/ ],
	[ 'WebSocket, reset', 8080, \&reset, qr/while talking to a peer/ ],
	[ 'upstream', 8080, request('/down'), qr/connect\(\) failed/ ],
	[ 'no such file', 8080, request('/nothing'), qr/No such file/ ],
	[ 'keepalive', 8080, "GET /addr HTTP/1.1\r\nHost: a\r\n\r\n",
		qr/closed keepalive connection/, 'close' ],
	[ 'second request', 8080, "GET /addr HTTP/1.1\r\nHost: a\r\n\r\n"
		. "GET / HTTP/1.1 x\r\n\r\n",
		qr/client sent invalid request while reading client (?:pipelined )?re/ ],
	[ 'limit_req', 8080, [ request('/limited/a'), request('/limited/a') ],
		qr/limiting requests/ ],
	[ 'realip', 8080, request('/real/nothing', 'X-Real-IP' => REAL),
		qr/No such file.*real/, '', REAL ],
	[ 'realip, limit_req', 8080, [ map { request('/real/limited/',
		'X-Real-IP' => REAL) } 1 .. 2 ], qr/limiting requests/, '', REAL ],
	[ 'HTTP/2', 8084, sub { http2([ 'GET', '/deny/x' ]) },
		qr/access forbidden by rule/ ],
	[ 'HTTP/2: nothing of it', 8084, 'GET / HTTP/1.1' . "\r\n" x 2,
		qr/invalid connection preface|invalid http2/i, '', '', 'may' ],
);

my %said;

for my $hide (1, 0) {
	my $word = $hide ? 'on' : 'off';

	if (!$hide) {
		write_conf('secmeet_hide_addresses off;');
		ok($t->reload(), 'reload with "off"');
	}

	for my $case (@cases) {
		my ($name, undef, undef, undef, undef, $addr, $may) = @$case;
		my @lines = lines($case);

		next if !@lines && $may;

		my $with = grep { /\Q@{[ $addr || CLIENT ]}\E/ } @lines;

		if ($hide) {
			ok(@lines && !$with, "$word: $name") or diag("@lines");
			ok(!(grep { !/client(?:: -,| - closed)/ } grep { /client[: ]/ }
				grep { !/\[info\].*client (?:sent|timed|prem)/ } @lines),
				"$word: $name: -") or diag("@lines");

		} else {
			ok($with, "$word: $name") or diag("@lines");
		}
	}
}

###############################################################################

# the access log, and what handles requests; "on" again first

write_conf('secmeet_hide_addresses on;');
ok($t->reload(), 'reload with "on"');

for my $hide (1, 0) {
	my $word = $hide ? 'on' : 'off';

	if (!$hide) {
		write_conf('');
		ok($t->reload(), 'reload without the directive: "off"');
	}

	my @headers = ('X-Forwarded-For' => FORWARDED,
		Forwarded => 'for=' . FORWARDED, 'X-Real-IP' => FORWARDED,
		'CF-Connecting-IP' => FORWARDED, 'X-Remote-Addr' => FORWARDED);
	my %from = map { $_ => length $t->read_file($_) }
		qw/ access.log all.log error.log /;
	my $sent = 0;

	is(body(8080, request('/after')), CLIENT,
		"$word: after the log line of a subrequest");
	$sent += 2;

	for my $port (8080, 8081) {
		is(body($port, request('/addr', @headers)), CLIENT . ' ' . CLIENT,
			"$word: $port: \$remote_addr in a handler");
		is(body($port, request('/forward', @headers)),
			FORWARDED . ', ' . CLIENT,
			"$word: $port: X-Forwarded-For to a backend");
		is(body($port, request('/forward')), CLIENT,
			"$word: $port: without one before");
		is(body($port, request('/real/addr', 'X-Real-IP' => REAL)), REAL,
			"$word: $port: realip");

		$sent += 4;
	}

	talk(8080, "GET / HTTP/1.1 x\r\n\r\n");
	http2([ 'GET', '/addr' ]);
	$sent += 2;

	# each of them, and what the backend was asked

	waitfor(sub { (() = since('access.log', %from) =~ /\n/g) >= $sent + 5 });

	my @access = grep { !m{/forwarded } } split /\n/,
		since('access.log', %from);
	my @all = grep { !m{/forwarded} } split /\n/, since('all.log', %from);

	is(scalar @access, $sent, "$word: lines of the access log");
	is(scalar @all, $sent, "$word: lines with all");

	my $found = grep { /\Q@{[ CLIENT ]}\E/ || /\Q@{[ REAL ]}\E/ } @access;
	my $dashes = grep { /^- - - \[/ } @access;

	is($found, $hide ? 0 : $sent, "$word: addresses in the access log");
	is($dashes, $hide ? $sent : 0, "$word: dashes in the access log");

	$found = grep { /127\.0|198\.51|203\.0|\\x7F|\|\d/ } @all;
	$dashes = grep { /^(?:-\|){12} / } @all;

	is($found, $hide ? 0 : $sent, "$word: addresses in a log of all");
	is($dashes, $hide ? $sent : 0, "$word: dashes in a log of all");
}

###############################################################################

# other sockets log as before; media's log nothing of a client

write_conf('secmeet_hide_addresses on;');
ok($t->reload(), 'reload with "on"');

my @lines = lines([ '', 8082, request('/deny'),
	qr/access forbidden by rule/ ]);

ok((grep { /client: \Q@{[ CLIENT ]}\E,/ } @lines), 'a socket of others');

my $before = length $t->error_log();
my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => CLIENT,
	PeerAddr => '127.0.0.1', PeerPort => $t->port(3478)) or die "udp: $!\n";

$udp->send($_) for "\x00\x01\x00\x00\x21\x12\xa4\x42" . 'x' x 12, "\x16" x 50,
	"\x80" x 100, 'x' x 1600;

# they are read by the time that a request has been

ok(waitfor(sub { $udp->send("\x00\x01\x00\x00\x21\x12\xa4\x42" . 'x' x 12);
	body(8080, request('/addr')) }), 'UDP');
unlike(substr($t->error_log(), $before), qr/\Q@{[ CLIENT ]}\E/,
	'nothing of it in the error log');

###############################################################################

# what nginx -t warns of, and only then

my %warnings = (
	'error_log at debug' => [ main => "error_log $dir/debug.log debug;",
		qr/"error_log \Q$dir\E\/debug\.log" logs addresses/ ],
	'error_log at debug_http' => [
		main => "error_log $dir/debug.log debug_http;",
		qr/"error_log \Q$dir\E\/debug\.log" logs addresses/ ],
	'of http' => [ http => "error_log $dir/debug.log debug;",
		qr/"error_log \Q$dir\E\/debug\.log" logs addresses/ ],
	'of the server' => [ server => "error_log $dir/debug.log debug;",
		qr/"error_log \Q$dir\E\/debug\.log" logs addresses/ ],
	'of a location' => [
		server => "location /x { error_log $dir/debug.log debug; }",
		qr/"error_log \Q$dir\E\/debug\.log" logs addresses/ ],
	'in memory' => [ server => 'error_log memory:1m debug;',
		qr/"error_log \(no file\)" logs addresses/ ],
	'debug_connection' => [ events => 'debug_connection 192.0.2.1;',
		qr/"debug_connection" in "events" logs addresses/ ],
	'proxy_protocol' => [
		server => 'listen 127.0.0.1:%%PORT_8081%% proxy_protocol;',
		qr/"listen\ 127\.0\.0\.1:\d+\ \.\.\.\ proxy_protocol"\ of\ the\ server
			\ in\ \S+check\.conf:\d+/x ],
);

for my $name (sort keys %warnings) {
	my ($where, $text, $re) = @{$warnings{$name}};

	is(warnings('on', $where => $text, $re), 1, "a warning: $name");
	is(warnings('off', $where => $text), 0, "none with off: $name");
}

is(warnings('on'), 0, 'no warning without a cause');
is(warnings('on', $_ => "error_log $dir/info.log info;"), 0,
	"none for info: $_") for qw/ main http server /;
is(warnings('on', http => 'server { listen 127.0.0.1:%%PORT_8081%% '
	. 'proxy_protocol; error_log memory:1m debug; }'), 0,
	'none for a server on a socket of others');
is(warnings('on', http => 'server { server_name a; '
	. 'listen 127.0.0.1:%%PORT_8080%%; error_log memory:1m debug; }'), 1,
	'one for the default server of a socket of meetings');
is(warnings('on', server => 'set_real_ip_from 127.0.0.1; '
	. 'real_ip_header X-Forwarded-For; location /x { access_log '
	. "$dir/x.log combined; }"), 0, 'none for what is hidden');

for my $fault ('secmeet_hide_addresses yes;', 'secmeet_hide_addresses;',
	'secmeet_hide_addresses on; secmeet_hide_addresses on;',
	'http { secmeet_hide_addresses on; }')
{
	my ($status, $output) = $t->check_config("%%GLOBALS%%\n$fault\n"
		. "events { }\n");

	like($output, qr/\[emerg\].*(?:invalid|is duplicate|not allowed)/,
		"nginx -t: $fault");
}

###############################################################################

# how many there are, all of this kind

sub warnings {
	my ($hide, $where, $text, $re) = @_;

	my %part = map { $_ => '' } qw/ main events http server /;

	$part{$where} = $text if $where;

	my ($status, $output) = $t->check_config("%%GLOBALS%%\n"
		. "secmeet_hide_addresses $hide;\n$part{main}\n"
		. "events { $part{events} }\n"
		. "http { %%GLOBALS_HTTP%%\n$part{http}\n"
		. "server { listen 127.0.0.1:%%PORT_8080%%;\n$part{server}\n"
		. "location /meet/rooms/ { secmeet meet; } } }\n"
		. "stream { server { listen 127.0.0.1:%%PORT_3478_UDP%% udp; "
		. "secmeet_media on; } }\n");
	my @said = grep { /\[(?:warn|error|emerg)\]/ } split /\n/, $output;
	my $right = grep { /"secmeet_hide_addresses": / && (!$re || $_ =~ $re) }
		@said;

	diag($output) if $status || $right != @said;

	return $status ? -1 : scalar @said;
}

sub write_conf {
	my ($hide) = @_;
	return $t->write_file_expand('nginx.conf', $conf =~ s/%%HIDE%%/$hide/r);
}

sub request {
	my ($uri, %headers) = @_;

	my %all = (Host => 'localhost', Connection => 'close', %headers);

	return "GET $uri HTTP/1.1\r\n"
		. join('', map { "$_: $all{$_}\r\n" } sort keys %all) . "\r\n";
}

sub client {
	my ($port) = @_;

	return IO::Socket::INET->new(LocalAddr => CLIENT,
		PeerAddr => '127.0.0.1', PeerPort => $t->port($port),
		Proto => 'tcp', Timeout => timeout(5)) || die "connect: $!\n";
}

sub talk {
	my ($port, $text) = @_;
	return $t->http($text, socket => client($port));
}

sub body {
	my ($port, $text) = @_;
	return talk($port, $text) =~ /\r\n\r\n(.*)\z/s ? $1 : '';
}

sub http2 {
	my @requests = @_;

	my $h2 = Test::Secmeet::HTTP2->new(client(8084));

	return map { $h2->request(@$_) } @requests;
}

# a member whose connection is torn down

sub reset {
	my ($tag) = $t->create_room();
	my $socket = client(8080);
	my $ws = $t->ws($tag, socket => $socket);

	$ws->join();
	setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
	close $socket;

	return;
}

# sends what a case is, waits for its line; all new lines of the error log
# that a connection has part in

sub lines {
	my ($case) = @_;
	my (undef, $port, $what, $re, $close, undef, $may) = @$case;

	my $from = length $t->error_log();

	for my $text (ref $what eq 'ARRAY' ? @$what : $what) {
		if (ref $text) {
			$text->();

		} elsif ($close) {
			my $socket = client($port);

			$socket->syswrite($text);

			# the answer, if there is one, has come

			$socket->sysread(my $answer, 4096) if $text =~ /\n\r\n/;
			close $socket;

		} else {
			talk($port, $text);
		}
	}

	waitfor(sub { substr($t->error_log(), $from) =~ $re }, $may ? 1 : 10)
		or return;

	return grep { / \*\d+ / } split /\n/, substr $t->error_log(), $from;
}

sub since {
	my ($name, %from) = @_;
	return substr $t->read_file($name), $from{$name};
}

###############################################################################

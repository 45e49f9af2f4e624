// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IKustodiaEscrow} from "../../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../../src/KustodiaEscrow.sol";
import {MockMXNB} from "../../src/test/MockMXNB.sol";
import {CANCEL, RELEASE, RESOLVE, approvalDigest} from "./approval.sol";
import {HostileToken} from "./HostileTokens.sol";
import {bound, vm} from "./Vm.sol";

/// @notice Does anything that the roles may try, legal or not, with a good token and a hostile one, and compares what came
/// of it with what may. A refusal is an outcome here, not a fault, so that a second payout is really attempted.
contract EscrowHandler {
    /// @notice A signature of the approver, and what it was given for.
    struct Approval {
        bytes32 act;
        uint256 id;
        uint24 disputes;
        uint64 expiry;
        bytes signature;
    }

    /// @notice What the contract and each address that can be paid have of the good token and of the hostile one.
    struct Balances {
        uint256[2] held;
        uint256[4][2] paid;
    }

    uint256 public constant REFERENCES = 24;
    uint256 public constant APPROVER_KEY = 0xA9;
    address public constant ADMIN = address(0xAD);
    address public constant STRANGER = address(0x57);
    address[2] public bridges = [address(0xB1), address(0xB2)];
    /// @notice Who may be scheduled as settlement address. The last is in force at first.
    address[4] public settlements = [address(0x5E1), address(0x5E2), address(0x5E3), address(0x5E77)];

    KustodiaEscrow public immutable escrow;
    MockMXNB public immutable good;
    HostileToken public immutable hostile;

    /// @notice How often a reference made an escrow.
    mapping(bytes32 ref => uint256 times) public made;
    /// @notice How often an escrow was seen to end.
    mapping(uint256 id => uint256 times) public ended;
    /// @notice How often each of these came through: the suite would prove nothing if they were all refused.
    mapping(bytes32 what => uint256 times) public seen;
    /// @notice Of a token, given to the contract beside any escrow, less what was rescued.
    mapping(address token => uint256 amount) public stray;
    /// @notice Who is to be paid by an escrow: the settlement address of its creation, or what an approver made of it.
    mapping(uint256 id => address payee) public payeeOf;
    /// @notice Set when an action led where none may lead.
    string public fault;

    Approval[] private _approvals;
    /// @dev The escrow and the act that the call under way has a good signature for.
    uint256 private _approvedId;
    bytes32 private _approvedAct;
    /// @dev The newest escrow when the approver last became one, and when that was.
    uint256 private _approverAfter;
    uint256 private _approverSince;
    /// @dev Whether the call under way is of nobody with a role.
    bool private _isStranger;
    uint256 private _now = block.timestamp;

    constructor(KustodiaEscrow escrow_) {
        escrow = escrow_;
        good = new MockMXNB(address(this), address(this), address(this));
        good.configureMinter(address(this), type(uint256).max);
        hostile = new HostileToken();
        for (uint256 i; i < 2; ++i) {
            good.mint(bridges[i], 1e18);
            hostile.mint(bridges[i], 1e18);
            vm.startPrank(bridges[i]);
            good.approve(address(escrow), type(uint256).max);
            hostile.approve(address(escrow), type(uint256).max);
            vm.stopPrank();
        }
    }

    function create(uint256 refSeed, uint256 seed, uint256 amount, uint64 custody, bool isHostile) external {
        bytes32 ref = bytes32(bound(refSeed, 0, REFERENCES));
        address token = isHostile ? address(hostile) : address(good);
        (amount, custody) = (bound(amount, 0, 1e12), uint64(bound(custody, 0, 10 days)));
        uint256 held = IERC20(token).balanceOf(address(escrow));
        vm.prank(bridges[seed % 2]);
        bytes memory call_ = seed % 3 == 0
            ? abi.encodeCall(escrow.createAndFundWithPermit, (ref, token, amount, custody, 0, 27, ref, ref))
            : abi.encodeCall(escrow.createAndFund, (ref, token, amount, custody));
        (bool done,) = address(escrow).call(call_);
        if (!done) return;
        if (escrow.paused()) fault = "created while paused";
        if (IERC20(token).balanceOf(address(escrow)) != held + amount) fault = "funded with another amount";
        payeeOf[escrow.escrowCount()] = escrow.settlement();
        ++made[ref];
        ++seen["create"];
    }

    function release(uint256 idSeed, uint256 bridgeSeed) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.release, (id)));
    }

    function releaseBatch(uint256[4] calldata idSeeds, uint256 bridgeSeed) external {
        uint256[] memory ids = new uint256[](4);
        for (uint256 i; i < 4; ++i) {
            ids[i] = pick(idSeeds[i]);
        }
        if (attempt(ids, bridgeSeed, abi.encodeCall(escrow.releaseBatch, (ids)))) ++seen["batch"];
    }

    function releaseAbandoned(uint256 idSeed, uint256 bridgeSeed) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.releaseAbandoned, (id)));
    }

    function cancel(uint256 idSeed, uint256 bridgeSeed) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.cancel, (id)));
    }

    function dispute(uint256 idSeed, uint256 bridgeSeed) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.dispute, (id, "")));
    }

    function resolve(uint256 idSeed, uint256 bridgeSeed, bool inFavorOfSeller) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.resolveDispute, (id, inFavorOfSeller)));
    }

    /// @dev The approver signs for an escrow as it stands.
    function approve(uint256 idSeed, uint256 actSeed, uint256 lifetime) external {
        if (escrow.escrowCount() == 0) return;
        Approval memory made_;
        made_.id = bound(idSeed, 1, escrow.escrowCount());
        made_.act = [RELEASE, CANCEL, RESOLVE][actSeed % 3];
        made_.disputes = escrow.getEscrow(made_.id).disputes;
        made_.expiry = uint64(_now + bound(lifetime, 0, 3 days));
        bytes32 ref = escrow.getEscrow(made_.id).ref;
        bytes32 digest =
            approvalDigest(address(escrow), block.chainid, made_.act, made_.id, ref, made_.disputes, made_.expiry);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(APPROVER_KEY, digest);
        made_.signature = abi.encodePacked(r, s, v);
        _approvals.push(made_);
    }

    /// @dev Any signature that was ever made, mostly for what it was made for, sometimes for another act or escrow.
    function endEarly(uint256 approvalSeed, uint256 idSeed, uint256 actSeed, uint256 bridgeSeed) external {
        if (_approvals.length == 0) return;
        Approval memory its = _approvals[approvalSeed % _approvals.length];
        uint256 id = idSeed % 4 == 0 ? pick(idSeed / 4) : its.id;
        bytes32 act = actSeed % 8 == 0 ? [RELEASE, CANCEL, RESOLVE][(actSeed / 8) % 3] : its.act;
        bool isGood =
            id == its.id && act == its.act && _now <= its.expiry && escrow.getEscrow(its.id).disputes == its.disputes;
        if (isGood) (_approvedId, _approvedAct) = (id, act);
        bytes4 selector = act == RELEASE
            ? escrow.releaseEarly.selector
            : act == CANCEL ? escrow.cancelEarly.selector : escrow.resolveForBuyerEarly.selector;
        address approver = vm.addr(APPROVER_KEY);
        bool done = attempt(id, bridgeSeed, abi.encodeWithSelector(selector, id, approver, its.expiry, its.signature));
        if (done && !isGood) fault = "ended early by a signature for something else";
        if (done) ++seen["early"];
        (_approvedId, _approvedAct) = (0, 0);
    }

    function schedule(uint256 seed) external {
        vm.prank(ADMIN);
        escrow.scheduleSettlement(settlements[seed % 4]);
    }

    function redirect(uint256 idSeed, uint256 seed) external {
        uint256[] memory ids = new uint256[](1);
        ids[0] = pick(idSeed);
        address payee = settlements[seed % 4];
        bool isNamed = payee == escrow.settlement() || payee == escrow.scheduledSettlement();
        IKustodiaEscrow.Status status = escrows(ids)[0].status;
        vm.prank(vm.addr(APPROVER_KEY));
        try escrow.redirect(ids, payee) {
            if (!isNamed || ids[0] <= _approverAfter) fault = "redirected by one key";
            if (_now < _approverSince + escrow.settlementDelay()) fault = "redirected too soon";
            if (!isOpen(status)) return;
            payeeOf[ids[0]] = payee;
            ++seen["redirect"];
        } catch {}
    }

    /// @dev The admin makes an approver anew: it has no say in who is paid by what is in custody now, nor in anything yet.
    function reappoint() external {
        bytes32 role = escrow.APPROVER_ROLE();
        vm.startPrank(ADMIN);
        escrow.revokeRole(role, vm.addr(APPROVER_KEY));
        escrow.grantRole(role, vm.addr(APPROVER_KEY));
        vm.stopPrank();
        _approverAfter = escrow.escrowCount();
        _approverSince = _now;
    }

    function applyScheduled() external {
        vm.prank(ADMIN);
        try escrow.applySettlement() {
            if (_now < escrow.settlementSchedule()) fault = "a settlement address before its time";
            ++seen["settlement"];
        } catch {}
    }

    function give(uint256 amount, bool isHostile) external {
        if (!isHostile && good.paused()) return;
        amount = bound(amount, 1, 1e12);
        if (isHostile) hostile.mint(address(escrow), amount);
        else good.mint(address(escrow), amount);
        stray[isHostile ? address(hostile) : address(good)] += amount;
    }

    function rescue(uint256 amount, bool isHostile) external {
        address token = isHostile ? address(hostile) : address(good);
        amount = bound(amount, 0, stray[token] + 1e12);
        uint256 held = IERC20(token).balanceOf(address(escrow));
        vm.prank(ADMIN);
        try escrow.rescue(token, ADMIN, amount) {
            if (amount > stray[token]) fault = "rescued from an escrow";
            else stray[token] -= held - IERC20(token).balanceOf(address(escrow));
            ++seen["rescue"];
        } catch {}
    }

    function togglePause() external {
        vm.startPrank(ADMIN);
        if (escrow.paused()) escrow.unpause();
        else escrow.pause();
        vm.stopPrank();
    }

    function toggleGoodToken(uint256 seed) external {
        address settlement = settlements[seed % 4];
        if (seed % 5 != 0) {
            if (good.isBlacklisted(settlement)) good.unBlacklist(settlement);
        } else if (seed % 2 == 0) {
            good.blacklist(settlement);
        }
        if (good.paused()) good.unpause();
        else if (seed % 7 == 0) good.pause();
    }

    function turnHostile(uint256 seed) external {
        if (seed % 8 == 1) hostile.returnFalse();
        else if (seed % 8 == 2) hostile.moveNothing();
        else if (seed % 8 == 3) hostile.refuse(settlements[(seed / 8) % 4]);
        else if (seed % 8 == 4) hostile.stop();
        else if (seed % 8 == 5) hostile.callBack(address(escrow), inner(seed / 8));
        else if (seed % 8 == 6) hostile.takeFee(1);
        else if (seed % 8 == 7) hostile.chargeSender(1);
        else hostile.behave();
    }

    /// @dev Both tokens let everything through again.
    function behave() external {
        for (uint256 i; i < 4; ++i) {
            good.unBlacklist(settlements[i]);
        }
        if (good.paused()) good.unpause();
        hostile.behave();
    }

    function pass(uint256 time) external {
        // Now and then so long that what is disputed is abandoned.
        _now += time % 16 == 7 ? 370 days : bound(time, 1, 5 days);
        vm.warp(_now);
    }

    /// @dev What the hostile token tries in the middle of a transfer, with the bridge role.
    function inner(uint256 seed) private view returns (bytes memory) {
        uint256 id = pick(seed / 4);
        if (seed % 4 == 0) return abi.encodeCall(escrow.release, (id));
        if (seed % 4 == 1) return abi.encodeCall(escrow.cancel, (id));
        if (seed % 4 == 2) return abi.encodeCall(escrow.dispute, (id, ""));
        return abi.encodeCall(escrow.createAndFund, (bytes32(seed), address(hostile), 1, 1));
    }

    /// @dev Any escrow, and sometimes an id that was never given.
    function pick(uint256 seed) private view returns (uint256) {
        return bound(seed, 0, escrow.escrowCount() + 1);
    }

    function attempt(uint256 id, uint256 bridgeSeed, bytes memory call_) private returns (bool) {
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        return attempt(ids, bridgeSeed, call_);
    }

    /// @dev One call of either bridge wallet, or of a stranger. Each of these escrows may go only where one may go, and the
    /// money of those that ended to their own payees.
    function attempt(uint256[] memory ids, uint256 callerSeed, bytes memory call_) private returns (bool done) {
        IKustodiaEscrow.Escrow[] memory before = escrows(ids);
        Balances memory was = balances();
        _isStranger = callerSeed % 8 == 7;
        vm.prank(_isStranger ? STRANGER : bridges[callerSeed % 2]);
        (done,) = address(escrow).call(call_);

        IKustodiaEscrow.Escrow[] memory afterwards = escrows(ids);
        for (uint256 i; i < before.length; ++i) {
            if (before[i].status == afterwards[i].status || isNamedBefore(ids, i)) continue;
            if (!isLegal(ids[i], before[i], afterwards[i].status)) fault = "a forbidden transition";
            if (isOpen(afterwards[i].status)) continue;
            ++ended[ids[i]];
            end(ids[i], before[i], was);
        }
        if (keccak256(abi.encode(was)) != keccak256(abi.encode(balances()))) fault = "money elsewhere";
    }

    /// @dev What the end of an escrow makes of the balances: its payee has what the contract had, less a fee.
    function end(uint256 id, IKustodiaEscrow.Escrow memory it, Balances memory all) private view {
        bool isGood = it.token == address(good);
        uint256 fee = !isGood && hostile.trick() == HostileToken.Trick.TakeFee ? hostile.fee() : 0;
        all.held[isGood ? 0 : 1] -= it.amount;
        for (uint256 i; i < 4; ++i) {
            if (settlements[i] == payeeOf[id]) all.paid[isGood ? 0 : 1][i] += it.amount - fee;
        }
    }

    function isLegal(uint256 id, IKustodiaEscrow.Escrow memory it, IKustodiaEscrow.Status next) private returns (bool) {
        bool due = _now >= (_isStranger ? it.deadline + 30 days : it.deadline);
        if (it.status == IKustodiaEscrow.Status.Disputed && next == IKustodiaEscrow.Status.Released) {
            ++seen["abandoned"];
            return _now >= it.deadline + 365 days;
        }
        if (_isStranger && next != IKustodiaEscrow.Status.Released) return false;
        bytes32 approved = _approvedId == id ? _approvedAct : bytes32(0);
        if (it.status == IKustodiaEscrow.Status.Funded) {
            if (next == IKustodiaEscrow.Status.Released) {
                ++seen[_isStranger ? bytes32("orphan") : bytes32("release")];
                return due || (approved == RELEASE && !_isStranger);
            }
            if (next == IKustodiaEscrow.Status.Cancelled) {
                ++seen["cancel"];
                return due || approved == CANCEL;
            }
            ++seen["dispute"];
            return next == IKustodiaEscrow.Status.Disputed;
        }
        if (it.status != IKustodiaEscrow.Status.Disputed) return false;
        ++seen["resolve"];
        if (next == IKustodiaEscrow.Status.Cancelled) return due || approved == RESOLVE;
        return next == IKustodiaEscrow.Status.Funded;
    }

    /// @dev As they are; of an id that was never given, nothing.
    function escrows(uint256[] memory ids) private view returns (IKustodiaEscrow.Escrow[] memory all) {
        all = new IKustodiaEscrow.Escrow[](ids.length);
        uint256 count = escrow.escrowCount();
        for (uint256 i; i < ids.length; ++i) {
            if (ids[i] > 0 && ids[i] <= count) all[i] = escrow.getEscrow(ids[i]);
        }
    }

    function isNamedBefore(uint256[] memory ids, uint256 place) private pure returns (bool) {
        for (uint256 i; i < place; ++i) {
            if (ids[i] == ids[place]) return true;
        }
        return false;
    }

    function balances() private view returns (Balances memory all) {
        for (uint256 t; t < 2; ++t) {
            IERC20 token = t == 0 ? IERC20(address(good)) : IERC20(address(hostile));
            all.held[t] = token.balanceOf(address(escrow));
            for (uint256 i; i < 4; ++i) {
                all.paid[t][i] = token.balanceOf(settlements[i]);
            }
        }
    }

    function isOpen(IKustodiaEscrow.Status status) private pure returns (bool) {
        return status == IKustodiaEscrow.Status.Funded || status == IKustodiaEscrow.Status.Disputed;
    }
}
